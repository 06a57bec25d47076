import Dispatch
import GRDB
import Synchronization
public import Tidings

/// A database in one SQLite file, in WAL mode with `synchronous=FULL`: what a transaction committed survives a power cut.
///
/// Transactions that wait at the same moment share one commit; should that fail, each runs again alone. Readers see
/// what was committed and wait for nobody.
public final class SQLiteEngine: DatabaseEngine {
    private let pool: any DatabaseWriter
    private let waiting = Mutex(Waiting())

    private struct Waiting {
        var jobs: [any WriteJob] = []
        var isDraining = false
        /// Whether the writer syncs its commits.
        var isSynced = true
    }

    /// How many transactions wait for the writer.
    package var waitingCount: Int { waiting.withLock(\.jobs.count) }

    /// How many transactions share a commit at most.
    private let shareLimit = 256

    private init(pool: any DatabaseWriter) {
        self.pool = pool
    }

    /// Opens a file, making it if it is new.
    /// - Parameters:
    ///   - path: the file; its folder exists.
    ///   - busyTimeout: how long a transaction waits for another process that has locked the file.
    /// - Throws: `TidingsError` with code `unavailable`.
    public static func open(_ path: String, busyTimeout: Duration = .seconds(5)) async throws -> SQLiteEngine {
        var configuration = Configuration()
        configuration.label = path
        configuration.busyMode = .timeout(
            Double(busyTimeout.components.seconds) + Double(busyTimeout.components.attoseconds) / 1e18)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA foreign_keys = ON")
        }
        return try await withCheckedThrowingContinuation { [configuration] continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result {
                        do {
                            let pool = try DatabasePool(path: path, configuration: configuration)
                            // Opening the pool has set the writer to NORMAL, after what the configuration says.
                            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
                            return SQLiteEngine(pool: pool)
                        } catch {
                            throw TidingsError(.unavailable, "the database \(path) could not be opened", cause: error)
                        }
                    })
            }
        }
    }

    /// Makes a database in memory, which is gone with the engine: for tests. Readers wait for writers.
    /// - Throws: `TidingsError` with code `unavailable`.
    public static func inMemory() throws -> SQLiteEngine {
        var configuration = Configuration()
        configuration.label = "memory"
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA foreign_keys = ON") }
        do {
            return SQLiteEngine(pool: try DatabaseQueue(configuration: configuration))
        } catch {
            throw TidingsError(.unavailable, "a database could not be made in memory", cause: error)
        }
    }

    /// An integer that SQLite counts up and never uses twice.
    public var serialPrimaryKey: SQLStatement { "INTEGER PRIMARY KEY AUTOINCREMENT" }

    /// `BLOB`.
    public var blobType: SQLStatement { "BLOB" }

    /// `WITHOUT ROWID`: the rows stand in their key's own tree.
    public var keyedTable: SQLStatement { "WITHOUT ROWID" }

    /// Runs a body in a write transaction, which may share its commit with others that wait. The commit is synced if one of
    /// them asks for it.
    public func write<Result: Sendable>(
        _ durability: CommitDurability, _ body: @escaping @Sendable (any DatabaseConnection) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let starts = waiting.withLock { waiting in
                waiting.jobs.append(Job(durability, body: body, continuation: continuation))
                defer { waiting.isDraining = true }
                return !waiting.isDraining
            }
            if starts { pool.asyncWriteWithoutTransaction { self.drain(SQLiteConnection($0)) } }
        }
    }

    /// Runs a body on a snapshot of what was committed.
    public func read<Result: Sendable>(
        _ body: @escaping @Sendable (any DatabaseConnection) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            pool.asyncRead { database in
                continuation.resume(
                    with: Swift.Result {
                        do {
                            return try body(SQLiteConnection(try database.get()))
                        } catch let error as GRDB.DatabaseError {
                            throw TidingsError(error)
                        }
                    })
            }
        }
    }

    /// Runs what waits until nothing does. Runs on the writer's own thread.
    private func drain(_ connection: SQLiteConnection) {
        while true {
            let jobs: [any WriteJob] = waiting.withLock { waiting in
                let jobs = Array(waiting.jobs.prefix(shareLimit))
                waiting.jobs.removeFirst(jobs.count)
                waiting.isDraining = !jobs.isEmpty
                return jobs
            }
            if jobs.isEmpty { return }
            runTogether(jobs, on: connection)
        }
    }

    private func runTogether(_ jobs: [any WriteJob], on connection: SQLiteConnection) {
        do {
            try setSynchronous(jobs.contains { $0.durability == .synced }, on: connection)
            try connection.begin()
        } catch {
            // Nobody gets the lock: each alone would only wait for it as long again.
            for job in jobs { job.fail(error) }
            return
        }
        do {
            try connection.commit {
                for job in jobs { try job.run(on: connection, alone: jobs.count == 1) }
            }
            for job in jobs { job.finish() }
        } catch  where jobs.count > 1 {
            for job in jobs { runTogether([job], on: connection) }
        } catch {
            jobs.first?.fail(error)
        }
    }

    /// Sets whether the next commit is synced, which cannot be changed within a transaction.
    private func setSynchronous(_ isSynced: Bool, on connection: SQLiteConnection) throws {
        guard waiting.withLock({ $0.isSynced != isSynced }) else { return }
        try connection.setSynchronous(isSynced)
        waiting.withLock { $0.isSynced = isSynced }
    }
}
