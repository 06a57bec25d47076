/// A relational database as the platform needs it: the fewest verbs, which each kind of database provides.
///
/// ``ServiceDatabase`` gives services what they use; this is what it is built on.
public protocol DatabaseEngine: Sendable {
    /// Runs a body in one write transaction, on the database's own thread, and returns once it is as durable as asked.
    ///
    /// Bodies that wait at the same moment may share one commit; should that fail, each runs again alone. A body
    /// therefore has no effects outside the database.
    /// - Throws: what the body throws, after rolling back; ``TidingsError`` with code `unavailable` if the database
    ///   is locked, full, or cannot be reached (nothing was written; try again later), or `closed`. For a request
    ///   (``TransactionOrigin``) also `overloaded` if too many wait, and `CancellationError` if the task was cancelled
    ///   before the body ran.
    func write<Result: Sendable>(
        _ durability: CommitDurability, _ body: @escaping @Sendable (any DatabaseConnection) throws -> Result
    ) async throws -> Result

    /// Runs a body that only reads, on a consistent view of what was committed. Waits for no transaction that writes.
    /// - Throws: what the body throws; ``TidingsError`` with code `unavailable` or `closed`.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any DatabaseConnection) throws -> Result
    ) async throws -> Result

    /// Ends the statements that run now, which then fail with code `unavailable`; nothing if the database cannot do so.
    func interrupt()

    /// The type of a column that numbers its rows by itself, for tables that the platform makes.
    var serialPrimaryKey: SQLStatement { get }

    /// The type of a column of bytes.
    var blobType: SQLStatement { get }

    /// What stands behind the columns of a table whose rows are kept in the order of its primary key, if the database
    /// has to be asked for that.
    var keyedTable: SQLStatement { get }
}

extension DatabaseEngine {
    /// Does nothing.
    public func interrupt() {}

    /// Runs a body in one write transaction and returns once it is synced to the disk.
    public func write<Result: Sendable>(
        _ body: @escaping @Sendable (any DatabaseConnection) throws -> Result
    ) async throws -> Result {
        try await write(.synced, body)
    }
}

/// On whose behalf a transaction runs.
///
/// Requests come from outside, as many as there are, and whoever sent one can be told to come back. What the platform
/// does (handling, relaying, timers, maintenance) is bounded by its own loops, and events are late if it waits. So an
/// engine takes the platform's transactions first and always, and refuses those of requests if too many wait.
public enum TransactionOrigin: Sendable {
    /// The platform itself, or a program without requests.
    case platform
    /// A request that someone waits for.
    case request

    /// That of the current task; `platform` unless it was set. What serves requests sets it for each of them.
    @TaskLocal public static var current = TransactionOrigin.platform
}

/// What a commit survives once it has returned.
public enum CommitDurability: Sendable {
    /// The end of the process, and a power cut.
    case synced
    /// The end of the process. A power cut may undo it, unless a synced commit has followed: for what may be done again.
    case relaxed
}

/// A connection inside a transaction. It must not leave the body that was given it.
public protocol DatabaseConnection: AnyObject {
    /// Runs a statement and says how many rows it changed.
    /// - Throws: ``TidingsError``, code `statement` or `unavailable`.
    @discardableResult
    func execute(_ statement: SQLStatement) throws -> Int

    /// Runs one statement for each row of values and says how many rows each changed. `?` stands for a value.
    @discardableResult
    func execute(_ text: StaticString, forEach rows: [[SQLValue]]) throws -> [Int]

    /// Runs a statement and returns its rows.
    func query(_ statement: SQLStatement) throws -> [SQLRow]

    /// Runs a body whose writes are undone when it throws.
    func savepoint<Result>(_ body: () throws -> Result) throws -> Result
}
