import Tidings

/// A transaction that waits for the writer.
protocol WriteJob: Sendable {
    /// What its commit has to survive.
    var durability: CommitDurability { get }
    /// Runs the body. What it throws is kept for ``finish()``, unless nothing can be committed any more.
    func run(on connection: SQLiteConnection, alone: Bool) throws
    /// Tells the caller, after the commit.
    func finish()
    /// Tells the caller that nothing was written.
    func fail(_ error: any Error)
}

/// Safety: it is handed from its caller to the writer's thread, which alone touches it from then on.
final class Job<Value: Sendable>: WriteJob, @unchecked Sendable {
    let durability: CommitDurability
    private let body: @Sendable (any DatabaseConnection) throws -> Value
    private let continuation: CheckedContinuation<Value, any Error>
    private var result: Result<Value, any Error>?

    init(
        _ durability: CommitDurability, body: @escaping @Sendable (any DatabaseConnection) throws -> Value,
        continuation: CheckedContinuation<Value, any Error>
    ) {
        self.durability = durability
        self.body = body
        self.continuation = continuation
    }

    func run(on connection: SQLiteConnection, alone: Bool) throws {
        if alone {
            result = .success(try body(connection))
            return
        }
        do {
            result = .success(try connection.savepoint { try body(connection) })
        } catch {
            // A full disk or an I/O error may have undone the transaction of all; then each runs again alone.
            guard connection.isInTransaction else { throw error }
            result = .failure(error)
        }
    }

    func finish() {
        if let result { continuation.resume(with: result) }
    }

    func fail(_ error: any Error) {
        continuation.resume(throwing: error)
    }
}
