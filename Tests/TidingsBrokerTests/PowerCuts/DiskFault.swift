import TidingsTesting

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One way in which the disk of a bus fails, at one moment of a run.
struct DiskFault: Sendable, CustomStringConvertible {
    let operation: SimulatedFileSystem.Operation
    let failure: SimulatedFileSystem.Failure
    /// How the name of the file ends; of a sync of names, that of the file that was renamed or removed just before.
    let suffix: String
    /// How many such calls go well first.
    let skipped: Int
    /// Whether it is over after the first of them, and not for ever.
    let isOnce: Bool

    static let suffixes = [".log", ".checkpoint", ".checkpoint.tmp", ".log.tmp", ".index.tmp"]

    private static let failures: [(SimulatedFileSystem.Operation, SimulatedFileSystem.Failure)] = [
        (.write, .error(ENOSPC)), (.write, .error(EIO)), (.write, .shortWrite(ENOSPC)), (.write, .shortWrite(EIO)),
        (.allocate, .error(ENOSPC)), (.allocate, .error(EIO)), (.synchronize, .error(ENOSPC)),
        (.synchronize, .error(EIO)), (.rename, .error(ENOSPC)), (.rename, .error(EIO)),
        (.synchronizeDirectory, .error(ENOSPC)), (.synchronizeDirectory, .error(EIO)),
    ]

    /// Every failure of every call to every kind of file, at some moments, once and for ever.
    static var table: [DiskFault] {
        failures.flatMap { operation, failure in
            suffixes.flatMap { suffix in
                [0, 3, 20].flatMap { skipped in
                    [true, false].map { isOnce in
                        DiskFault(
                            operation: operation, failure: failure, suffix: suffix, skipped: skipped, isOnce: isOnce)
                    }
                }
            }
        }
    }

    /// Each of the first syncs of a segment, failing once.
    static var segmentSyncs: [DiskFault] {
        (0..<40).map {
            DiskFault(operation: .synchronize, failure: .error(EIO), suffix: ".log", skipped: $0, isOnce: true)
        }
    }

    /// The lines of the table for calls that the bus never makes: only a temporary file is renamed, only it is written
    /// where it is no segment, and only a segment gets room before it is written.
    static let impossible: Set = [
        "write .checkpoint", "synchronize .checkpoint", "rename .checkpoint", "rename .log", "allocate .log",
        "allocate .checkpoint", "allocate .checkpoint.tmp", "allocate .index.tmp",
    ]

    /// Which line of the table it is in.
    var cell: String { "\(operation) \(suffix)" }

    var description: String { "\(failure) of \(cell) after \(skipped), \(isOnce ? "once" : "for ever")" }

    /// Whether a call is what it is about to strike behind: the names' sync that comes next.
    func precedes(_ call: FileCall) -> Bool {
        guard operation == .synchronizeDirectory else { return false }
        return switch call {
        case .renamed(let path, _), .removed(let path): path.hasSuffix(suffix)
        default: false
        }
    }
}
