import Dispatch
import Tidings
import TidingsSQLite

/// Another connection that keeps a database locked.
enum DatabaseLock {
    /// Keeps a database locked while `body` runs.
    static func during(_ path: String, _ body: () async throws -> Void) async throws {
        let engine = try await SQLiteEngine.open(path)
        let release = DispatchSemaphore(value: 0)
        let (locked, told) = AsyncStream<Void>.makeStream()
        let holder = Task {
            try await engine.write { _ in
                told.finish()
                release.wait()
            }
        }
        for await _ in locked {}
        do {
            try await body()
        } catch {
            release.signal()
            throw error
        }
        release.signal()
        try await holder.value
    }
}
