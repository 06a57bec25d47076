package import TidingsLog

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The index files of a log's sealed segments, in the log's folder. It holds nothing in memory and no file open.
///
/// Indexes are built and removed by one task at a time; look-ups may run meanwhile.
package struct EventIndex: Sendable {
    private static let suffix = ".index"
    private static let temporarySuffix = ".index.tmp"
    private static let digits = 20

    let log: Log
    private let directory: String
    private let fileSystem: any FileSystem
    /// The hash by which events are sorted and found.
    package let hash: @Sendable (RawSpan) -> UInt64

    package init(
        _ log: Log, directory: String, fileSystem: any FileSystem,
        hash: @escaping @Sendable (RawSpan) -> UInt64 = { XXH64.hash($0, seed: 0x7469_6469_6E67_7333) }
    ) {
        self.log = log
        self.directory = directory
        self.fileSystem = fileSystem
        self.hash = hash
    }

    /// Opens the index of a segment; nil if there is none.
    /// - Throws: `IndexDamage`, `FileError`.
    func open(_ segment: LogSegment) throws -> SegmentIndex? {
        do {
            return try SegmentIndex(try fileSystem.open(path(of: segment.number), .read), of: segment)
        } catch let error as FileError where error.number == ENOENT {
            return nil
        }
    }

    /// Builds the index of a segment, unless it has one that is good. Blocks on the disk.
    package func build(_ number: UInt64) throws {
        guard let segment = log.segments.first(where: { $0.number == number && $0.isSealed }), !isGood(segment)
        else { return }
        try write(IndexEntries(of: number, in: log, hash: hash), of: segment)
    }

    /// Writes an index, durable with its name, in place of an earlier one.
    package func write(_ entries: IndexEntries, of segment: LogSegment) throws(FileError) {
        let temporary = directory + "/" + Self.padded(segment.number) + Self.temporarySuffix
        let file = try fileSystem.open(temporary, .create)
        do throws(FileError) {
            try SegmentIndex.write(entries, of: segment, to: file)
            try file.synchronize()
            try fileSystem.rename(temporary, to: path(of: segment.number))
        } catch {
            // An incomplete file must not take room on a disk that may be full.
            try? fileSystem.remove(temporary)
            throw error
        }
        try fileSystem.synchronizeDirectory(directory)
    }

    /// Removes the index of a segment that has changed; one that does not exist is not an error.
    package func remove(_ segment: UInt64) throws(FileError) {
        do {
            try fileSystem.remove(path(of: segment))
        } catch {
            guard error.number == ENOENT else { throw error }
        }
    }

    /// Removes the indexes of segments that do not exist, and the files of writes that were interrupted.
    /// - Returns: The sealed segments that have no index, newest first.
    @discardableResult
    package func removeStale() throws(FileError) -> [UInt64] {
        let sealed = Set(log.segments.lazy.filter(\.isSealed).map(\.number))
        var indexed: Set<UInt64> = []
        for name in try fileSystem.list(directory) {
            if let segment = Self.segment(of: name), sealed.contains(segment) {
                indexed.insert(segment)
            } else if Self.segment(of: name) != nil || name.hasSuffix(Self.temporarySuffix) {
                try fileSystem.remove(directory + "/" + name)
            }
        }
        return sealed.subtracting(indexed).sorted(by: >)
    }

    private func isGood(_ segment: LogSegment) -> Bool {
        do {
            guard var index = try open(segment) else { return false }
            try index.verify()
            return true
        } catch {
            return false
        }
    }

    private func path(of segment: UInt64) -> String { directory + "/" + Self.padded(segment) + Self.suffix }

    private static func segment(of name: String) -> UInt64? {
        guard name.utf8.count == digits + suffix.utf8.count, name.hasSuffix(suffix) else { return nil }
        return UInt64(name.prefix(digits))
    }

    private static func padded(_ number: UInt64) -> String {
        let text = String(number)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }
}
