#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

#if canImport(Glibc) || canImport(Musl)
// Defined by Linux; the C header hides it behind a feature macro.
private let seekData: Int32 = 3
#else
private let seekData = Darwin.SEEK_DATA
#endif

/// A file descriptor, closed with the last reference to it.
final class POSIXFile: LogFile {
    let path: String
    private let descriptor: Int32

    init(_ path: String, _ flags: Int32) throws(FileError) {
        self.path = path
        descriptor = try Self.withReserve { () throws(FileError) in
            try Self.call("open", path) { open(path, flags | O_CLOEXEC, 0o644) }
        }
    }

    deinit {
        close(descriptor)
        DescriptorReserve.shared.refill()
    }

    func size() throws(FileError) -> Int {
        var status = stat()
        try Self.call("fstat", path) { fstat(descriptor, &status) }
        return Int(status.st_size)
    }

    func allocatedSize() throws(FileError) -> Int {
        var status = stat()
        try Self.call("fstat", path) { fstat(descriptor, &status) }
        // In units of 512 bytes, whatever the file system's blocks are.
        return Int(status.st_blocks) * 512
    }

    func read(into buffer: inout MutableRawSpan, at offset: Int) throws(FileError) -> Int {
        try buffer.withUnsafeMutableBytes { bytes throws(FileError) in
            var count = 0
            while count < bytes.count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[count...])
                let read = try Self.call("pread", path) {
                    pread(descriptor, rest.baseAddress, rest.count, off_t(offset + count))
                }
                if read == 0 { break }
                count += read
            }
            return count
        }
    }

    func firstData(from offset: Int) throws(FileError) -> Int? {
        do {
            return try Int(Self.call("lseek", path) { lseek(descriptor, off_t(offset), seekData) })
        } catch {
            switch error.number {
            case ENXIO: return nil
            // A file system that does not know where its files have holes.
            case EINVAL: return offset
            default: throw error
            }
        }
    }

    func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
        try bytes.withUnsafeBytes { bytes throws(FileError) in
            var count = 0
            while count < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[count...])
                let written = try Self.call("pwrite", path) {
                    pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + count))
                }
                // A device that takes nothing and reports nothing would be asked for ever.
                if written == 0 { throw FileError("pwrite", path, EIO) }
                count += written
            }
        }
    }

    func allocate(_ byteCount: Int) throws(FileError) {
        #if !canImport(Darwin)
        var number: Int32
        repeat { number = posix_fallocate(descriptor, 0, off_t(byteCount)) } while number == EINTR
        if number == 0 { return }
        guard number == EOPNOTSUPP || number == EINVAL else { throw FileError("posix_fallocate", path, number) }
        #endif
        let size = try size()
        if size < byteCount { try zero(size..<byteCount) }
    }

    func truncate(to byteCount: Int) throws(FileError) {
        if try size() > byteCount { try Self.call("ftruncate", path) { ftruncate(descriptor, off_t(byteCount)) } }
    }

    func synchronize() throws(FileError) {
        #if canImport(Darwin)
        try Self.call("fcntl(F_FULLFSYNC)", path) { fcntl(descriptor, F_FULLFSYNC) }
        #else
        try Self.call("fdatasync", path) { fdatasync(descriptor) }
        #endif
    }

    func discardCache() {
        #if !canImport(Darwin)
        // Advice: a system that does not take it reads from memory, which is what it would have done anyway.
        _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
        #endif
    }

    /// Makes the names in this folder durable.
    func synchronizeEntries() throws(FileError) {
        try Self.call("fsync", path) { fsync(descriptor) }
    }

    /// Takes the exclusive lock of this file and leaves the process id in it; `false` when someone else has it.
    func lock() throws(FileError) -> Bool {
        do {
            try Self.call("flock", path) { flock(descriptor, LOCK_EX | LOCK_NB) }
        } catch {
            if error.number == EWOULDBLOCK { return false }
            throw error
        }
        try Self.call("ftruncate", path) { ftruncate(descriptor, 0) }
        try write(ContiguousArray("\(getpid())\n".utf8).span.bytes, at: 0)
        return true
    }

    /// The first line of a short file.
    func text() throws(FileError) -> String {
        var bytes = ContiguousArray<UInt8>(repeating: 0, count: 64)
        var span = bytes.mutableSpan
        var buffer = span.mutableBytes
        let count = try read(into: &buffer, at: 0)
        return String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// Makes a call that opens something, with a descriptor of the reserve if there is no other.
    static func withReserve<Result>(_ call: () throws(FileError) -> Result) throws(FileError) -> Result {
        while true {
            do throws(FileError) {
                return try call()
            } catch {
                guard error.lacksDescriptors, DescriptorReserve.shared.giveUp() else { throw error }
            }
        }
    }

    /// Makes a system call, again when a signal interrupted it.
    @discardableResult
    static func call<Result: SignedInteger>(
        _ operation: String, _ path: String, _ body: () -> Result
    ) throws(FileError) -> Result {
        while true {
            let result = body()
            if result >= 0 { return result }
            let number = errno
            if number != EINTR { throw FileError(operation, path, number) }
        }
    }
}
