import Dispatch
import Tidings
import TidingsSQLite

/// Another connection that keeps a database locked.
final class DatabaseLock: Sendable {
    private let release = DispatchSemaphore(value: 0)
    private let holder: Task<Void, any Error>

    /// Locks a database and returns once it is locked.
    init(_ path: String) async throws {
        let engine = try await SQLiteEngine.open(path)
        let (locked, told) = AsyncStream<Void>.makeStream()
        holder = Task { [release] in
            try await engine.write { _ in
                told.finish()
                release.wait()
            }
        }
        for await _ in locked {}
    }

    /// Unlocks it.
    func open() async throws {
        release.signal()
        try await holder.value
    }
}
