import Foundation
import GRDB
import Synchronization
public import Tidings

/// A database in one SQLite file, in WAL mode with `synchronous=FULL`: what a transaction committed survives a power cut.
///
/// Transactions that wait at the same moment share one commit; should that fail, each runs again alone. Readers see
/// what was committed and wait for nobody.
///
/// While another process holds the file, transactions wait for it once, together: those of requests are all refused with
/// `unavailable` when the time-out has passed, however long they have stood in line. Of them (``TransactionOrigin``) only
/// so many wait; one more is refused with `overloaded`. The platform's own go first and are never refused for their
/// number, so that a flood of requests does not keep events from being handled.
public final class SQLiteEngine: DatabaseEngine {
    private let pool: any DatabaseWriter
    private let line: WriteLine
    /// Whether the writer syncs its commits.
    private let isSynced = Mutex(true)

    /// How many transactions wait for the writer.
    package var waitingCount: Int { line.count }

    /// How many transactions share a commit at most.
    private let shareLimit = 256

    private init(pool: any DatabaseWriter, requestLimit: Int) {
        self.pool = pool
        line = WriteLine(requestLimit: requestLimit)
    }

    /// How many transactions of requests wait at most, unless it is said otherwise: two commits' worth.
    public static let defaultRequestLimit = 512

    /// Opens a file, making it if it is new.
    /// - Parameters:
    ///   - path: the file; its folder exists.
    ///   - busyTimeout: how long a transaction waits for another process that has locked the file.
    ///   - requestLimit: how many transactions of requests wait for the writer at most, 1 or more.
    /// - Throws: `TidingsError` with code `unavailable`.
    public static func open(
        _ path: String, busyTimeout: Duration = .seconds(5), requestLimit: Int = defaultRequestLimit
    ) async throws -> SQLiteEngine {
        var configuration = Configuration()
        configuration.label = path
        configuration.busyMode = .timeout(
            Double(busyTimeout.components.seconds) + Double(busyTimeout.components.attoseconds) / 1e18)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA foreign_keys = ON")
        }
        return try await withCheckedThrowingContinuation { [configuration] continuation in
            // A thread of its own: opening reads the disk, and may wait for another process.
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        do {
                            let pool = try DatabasePool(path: path, configuration: configuration)
                            // Opening the pool has set the writer to NORMAL, after what the configuration says.
                            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
                            return SQLiteEngine(pool: pool, requestLimit: requestLimit)
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
            return SQLiteEngine(
                pool: try DatabaseQueue(configuration: configuration), requestLimit: defaultRequestLimit)
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
    ///
    /// A request that is cancelled leaves the line. The platform's transactions are not cancelled: what ends in good order
    /// writes down where it stands.
    public func write<Result: Sendable>(
        _ durability: CommitDurability, _ body: @escaping @Sendable (any DatabaseConnection) throws -> Result
    ) async throws -> Result {
        let job = Job(durability, body: body)
        let origin = TransactionOrigin.current
        guard origin == .request else { return try await wait(for: job, of: origin) }
        return try await withTaskCancellationHandler {
            try await wait(for: job, of: origin)
        } onCancel: {
            line.remove(job)
            job.withdraw()
        }
    }

    private func wait<Result: Sendable>(for job: Job<Result>, of origin: TransactionOrigin) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            guard job.wait(continuation) else { return continuation.resume(throwing: CancellationError()) }
            do throws(TidingsError) {
                guard try line.append(job, of: origin) else { return }
                pool.asyncWriteWithoutTransaction { self.drain(SQLiteConnection($0)) }
            } catch {
                job.fail(error)
            }
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

    /// Ends the statements that run now, of readers too.
    public func interrupt() { pool.interrupt() }

    /// Runs what waits until nothing does. Runs on the writer's own thread.
    private func drain(_ connection: SQLiteConnection) {
        while true {
            let jobs = line.next(shareLimit)
            if jobs.isEmpty { return }
            do {
                try runTogether(jobs, on: connection)
            } catch {
                // Nobody gets the lock: each alone, and those behind them, would only wait for it as long again.
                for job in jobs + line.removeRequests() { job.fail(error) }
            }
        }
    }

    /// Runs transactions and tells their callers; those who have given up are left out.
    /// - Throws: why no transaction could be begun; then nobody was told who was not told before.
    private func runTogether(_ jobs: [any WriteJob], on connection: SQLiteConnection) throws {
        try setSynchronous(jobs.contains { $0.durability == .synced }, on: connection)
        try connection.begin()
        var started: [any WriteJob] = []
        do {
            try connection.commit {
                started = jobs.filter { $0.start() }
                for job in started { try job.run(on: connection, alone: started.count == 1) }
            }
            for job in started { job.finish() }
        } catch  where started.count > 1 {
            for job in started { try runTogether([job], on: connection) }
        } catch {
            started.first?.fail(error)
        }
    }

    /// Sets whether the next commit is synced, which cannot be changed within a transaction.
    private func setSynchronous(_ isSynced: Bool, on connection: SQLiteConnection) throws {
        guard self.isSynced.withLock({ $0 != isSynced }) else { return }
        try connection.setSynchronous(isSynced)
        self.isSynced.withLock { $0 = isSynced }
    }
}
