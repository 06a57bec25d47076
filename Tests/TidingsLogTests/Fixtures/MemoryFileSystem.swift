import Foundation
import Synchronization
import TidingsLog

/// Files in memory, for a log that is opened thousands of times.
final class MemoryFileSystem: FileSystem {
    private let files: Mutex<[String: MemoryFile]>

    init(_ contents: [String: [UInt8]] = [:]) {
        files = Mutex(
            Dictionary(uniqueKeysWithValues: contents.map { ($0.key, MemoryFile($0.key, $0.value)) }))
    }

    /// The complete segments as they are now, by path.
    func segments() -> [String: [UInt8]] {
        files.withLock { files in
            files.filter { $0.key.hasSuffix(".log") }.mapValues { $0.contents }
        }
    }

    func makeDirectory(_ path: String) throws(FileError) -> Bool { false }
    func synchronizeDirectory(_ path: String) throws(FileError) {}
    func lock(_ path: String) throws(FileError) -> FileLock { .acquired(MemoryFile(path, [])) }

    func list(_ directory: String) throws(FileError) -> [String] {
        files.withLock { files in
            files.keys.filter { $0.hasPrefix(directory + "/") }.map { String($0.dropFirst(directory.count + 1)) }
        }
    }

    func open(_ path: String, _ access: FileAccess) throws(FileError) -> any LogFile {
        let file = files.withLock { files in
            if case .create = access { files[path] = MemoryFile(path, []) }
            return files[path]
        }
        guard let file else { throw FileError("open", path, ENOENT) }
        return file
    }

    func rename(_ path: String, to newPath: String) throws(FileError) {
        files.withLock { $0[newPath] = $0.removeValue(forKey: path) }
    }

    func remove(_ path: String) throws(FileError) { files.withLock { $0[path] = nil } }
}

final class MemoryFile: LogFile {
    let path: String
    private let bytes: Mutex<[UInt8]>

    var contents: [UInt8] { bytes.withLock { $0 } }

    init(_ path: String, _ bytes: [UInt8]) {
        self.path = path
        self.bytes = Mutex(bytes)
    }

    func size() throws(FileError) -> Int { bytes.withLock { $0.count } }
    func synchronize() throws(FileError) {}
    func discardCache() {}

    func read(into buffer: inout MutableRawSpan, at offset: Int) throws(FileError) -> Int {
        let contents = contents
        let count = max(0, min(buffer.byteCount, contents.count - offset))
        buffer.withUnsafeMutableBytes { target in
            contents.withUnsafeBytes { source in
                if count == 0 { return }
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + count]))
            }
        }
        return count
    }

    func firstData(from offset: Int) throws(FileError) -> Int? { try offset < size() ? offset : nil }

    func write(_ source: RawSpan, at offset: Int) throws(FileError) {
        let source = source.withUnsafeBytes { Array($0) }
        bytes.withLock { bytes in
            let end = offset + source.count
            if bytes.count < end { bytes += repeatElement(0, count: end - bytes.count) }
            bytes.replaceSubrange(offset..<end, with: source)
        }
    }

    func truncate(to byteCount: Int) throws(FileError) {
        bytes.withLock { $0.removeLast(max(0, $0.count - byteCount)) }
    }

    func allocate(_ byteCount: Int) throws(FileError) {
        bytes.withLock { bytes in
            if bytes.count < byteCount { bytes += repeatElement(0, count: byteCount - bytes.count) }
        }
    }
}
