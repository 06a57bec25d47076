extension SimulatedFileSystem {
    /// A kind of call that can be made to fail.
    package enum Operation: Sendable {
        case makeDirectory
        case list
        /// Opening an existing file.
        case open
        /// Opening a new file, or one that is emptied.
        case create
        case read
        case write
        case allocate
        case truncate
        case synchronize
        case rename
        case remove
        case synchronizeDirectory
        case lock

        /// Whether it is a boundary at which the power can go.
        var isChange: Bool {
            switch self {
            case .list, .open, .read: false
            default: true
            }
        }

        /// Whether it makes something durable.
        var isSync: Bool { self == .synchronize || self == .synchronizeDirectory }

        /// The system call that would have failed.
        var call: String {
            switch self {
            case .makeDirectory: "mkdir"
            case .list: "opendir"
            case .open, .create: "open"
            case .read: "pread"
            case .write: "pwrite"
            case .allocate: "posix_fallocate"
            case .truncate: "ftruncate"
            case .synchronize: "fdatasync"
            case .rename: "rename"
            case .remove: "unlink"
            case .synchronizeDirectory: "fsync"
            case .lock: "flock"
            }
        }
    }

    /// How a call fails.
    package enum Failure: Sendable {
        /// With this `errno` and no effect, except that a failed sync loses what it should have made durable, unless the
        /// `errno` says that it did not begin.
        case error(Int32)
        /// A write puts half of its bytes into the file, then fails with this `errno`; other calls just fail.
        case shortWrite(Int32)
        /// Not at all to its caller: a sync reports success and makes nothing durable; other calls work.
        case lie

        var number: Int32? {
            switch self {
            case .error(let number), .shortWrite(let number): number
            case .lie: nil
            }
        }
    }
}
