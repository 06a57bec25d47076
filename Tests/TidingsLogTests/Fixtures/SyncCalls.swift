#if os(Linux)
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif
import Synchronization

/// The calls of this process that make something durable, as the C library gets them.
///
/// The functions below stand in the place of those of the C library, and call them: what the log leaves out is not here.
final class SyncCalls: Sendable {
    private static let watched = Mutex<[SyncCalls]>([])

    private let folder: String
    private let calls = Mutex<[String]>([])

    /// - Parameter folder: Only calls for this folder and the files in it are noted, from now on.
    init(in folder: TemporaryFolder) {
        self.folder = folder.path
        Self.watched.withLock { $0.append(self) }
    }

    /// How many calls there were for a file, or for the folder itself.
    func count(_ name: String? = nil) -> Int {
        let path = folder + (name.map { "/" + $0 } ?? "")
        return calls.withLock { $0.count { $0 == path } }
    }

    fileprivate static func note(_ descriptor: Int32) {
        let watched = watched.withLock { $0 }
        if watched.isEmpty { return }
        var bytes = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/fd/\(descriptor)", &bytes, bytes.count - 1)
        let path = String(decoding: bytes.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for calls in watched where path.hasPrefix(calls.folder) { calls.calls.withLock { $0.append(path) } }
    }

    fileprivate typealias Call = @convention(c) (Int32) -> Int32

    /// The function of the C library.
    fileprivate static func original(_ name: String) -> Call {
        guard let function = dlsym(UnsafeMutableRawPointer(bitPattern: -1), name) else {
            preconditionFailure("the C library has no \(name)")
        }
        return unsafeBitCast(function, to: Call.self)
    }
}

private let originalSync = SyncCalls.original("fsync")
private let originalDataSync = SyncCalls.original("fdatasync")

/// Stands in the place of the function of the C library.
@_cdecl("fsync")
public func notedSync(_ descriptor: Int32) -> Int32 {
    SyncCalls.note(descriptor)
    return originalSync(descriptor)
}

/// Stands in the place of the function of the C library.
@_cdecl("fdatasync")
public func notedDataSync(_ descriptor: Int32) -> Int32 {
    SyncCalls.note(descriptor)
    return originalDataSync(descriptor)
}
#endif
