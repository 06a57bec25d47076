import TidingsLog

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The raw limit: one thread that frames groups of 512-byte records, each with its length and checksum, writes them into a
/// preallocated file and syncs each group. What a log has to do at the least, and nothing else.
struct RawWriter {
    /// What one round reached.
    struct Round {
        let recordsPerSecond: Double
        /// How long each write and sync of a group took.
        let times: [Duration]
    }

    private static let record = [UInt8](repeating: 7, count: 512)
    /// A record in its frame.
    private static let frameBytes = 16 + 512
    private static let fileBytes = 64 << 20

    /// How the file is made before it is measured.
    enum Preparation: String, CaseIterable {
        /// Like those of the log.
        case allocated = "an allocated file"
        case zeroed = "a file full of zeros"
        case recycled = "a recycled file"
        case growing = "a growing file"
    }

    /// Writes until the time is over or the file is full.
    static func run(
        groupsOf group: Int, for time: Duration, in folder: BenchmarkFolder, on preparation: Preparation = .allocated
    ) throws -> Round {
        try folder.withPath { path in
            let file = open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
            guard file >= 0 else { throw RawWriterError(call: "open", number: errno) }
            defer { close(file) }
            switch preparation {
            case .allocated: try preallocate(file)
            case .zeroed: try fill(file, with: 0)
            case .recycled: try fill(file, with: 7)
            case .growing: break
            }
            return try write(groupsOf: group, for: time, to: file)
        }
    }

    private static func write(groupsOf group: Int, for time: Duration, to file: Int32) throws -> Round {
        var bytes = [UInt8](repeating: 0, count: group * frameBytes)
        let clock = ContinuousClock()
        let start = clock.now
        var times: [Duration] = []
        var last = start
        while last - start < time, (times.count + 1) * bytes.count <= fileBytes {
            for record in 0..<group { frame(into: &bytes, at: record * frameBytes) }
            guard pwrite(file, bytes, bytes.count, off_t(times.count * bytes.count)) == bytes.count else {
                throw RawWriterError(call: "pwrite", number: errno)
            }
            try synchronize(file)
            let now = clock.now
            times.append(now - last)
            last = now
        }
        return Round(recordsPerSecond: Double(times.count * group) / ((last - start) / .seconds(1)), times: times)
    }

    private static func frame(into bytes: inout [UInt8], at start: Int) {
        bytes.withUnsafeMutableBytes { bytes in
            let frame = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + frameBytes])
            frame.storeBytes(of: UInt64(record.count), toByteOffset: 8, as: UInt64.self)
            record.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: frame[16...]).copyMemory(from: $0) }
            let checksum = XXH64.hash(frame.bytes.extracting(8..<frameBytes), seed: UInt64(start))
            frame.storeBytes(of: checksum, as: UInt64.self)
        }
    }

    private static func preallocate(_ file: Int32) throws {
        #if canImport(Darwin)
        guard ftruncate(file, off_t(fileBytes)) == 0 else { throw RawWriterError(call: "ftruncate", number: errno) }
        #else
        let number = posix_fallocate(file, 0, off_t(fileBytes))
        guard number == 0 else { throw RawWriterError(call: "posix_fallocate", number: number) }
        #endif
        try synchronize(file)
    }

    private static func fill(_ file: Int32, with byte: UInt8) throws {
        let bytes = [UInt8](repeating: byte, count: 1 << 20)
        for offset in stride(from: 0, to: fileBytes, by: bytes.count) {
            guard pwrite(file, bytes, bytes.count, off_t(offset)) == bytes.count else {
                throw RawWriterError(call: "pwrite", number: errno)
            }
        }
        try synchronize(file)
    }

    private static func synchronize(_ file: Int32) throws {
        #if canImport(Darwin)
        guard fcntl(file, F_FULLFSYNC) == 0 else { throw RawWriterError(call: "fcntl(F_FULLFSYNC)", number: errno) }
        #else
        guard fdatasync(file) == 0 else { throw RawWriterError(call: "fdatasync", number: errno) }
        #endif
    }
}

/// A system call that failed while the raw limit was measured.
struct RawWriterError: Error, CustomStringConvertible {
    let call: String
    let number: Int32

    var description: String { "\(call): \(String(cString: strerror(number)))" }
}
