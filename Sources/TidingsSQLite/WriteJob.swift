import Synchronization
import Tidings

/// A transaction that waits for the writer.
protocol WriteJob: AnyObject, Sendable {
    /// What its commit has to survive.
    var durability: CommitDurability { get }
    /// Begins with it, unless its caller has given up.
    func start() -> Bool
    /// Runs the body. What it throws is kept for ``finish()``, unless nothing can be committed any more.
    func run(on connection: SQLiteConnection, alone: Bool) throws
    /// Tells the caller, after the commit.
    func finish()
    /// Tells the caller that nothing was written.
    func fail(_ error: any Error)
    /// Tells the caller, who gives up, unless it was begun.
    func withdraw()
}

/// Safety: the result is touched by the writer's thread alone, from ``start()`` on; all else that changes is in the mutex.
final class Job<Value: Sendable>: WriteJob, @unchecked Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<Value, any Error>)
        case started(CheckedContinuation<Value, any Error>)
        case over
    }

    let durability: CommitDurability
    private let body: @Sendable (any DatabaseConnection) throws -> Value
    private let state = Mutex(State.new)
    private var result: Result<Value, any Error>?

    init(_ durability: CommitDurability, body: @escaping @Sendable (any DatabaseConnection) throws -> Value) {
        self.durability = durability
        self.body = body
    }

    /// Remembers the caller, before it stands in line.
    /// - Returns: whether the caller still waits.
    func wait(_ continuation: CheckedContinuation<Value, any Error>) -> Bool {
        state.withLock { state in
            guard case .new = state else { return false }
            state = .waiting(continuation)
            return true
        }
    }

    func start() -> Bool {
        state.withLock { state in
            switch state {
            case .waiting(let continuation):
                state = .started(continuation)
                return true
            case .started: return true
            case .new, .over: return false
            }
        }
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
        if let result { end()?.resume(with: result) }
    }

    func fail(_ error: any Error) {
        end()?.resume(throwing: error)
    }

    func withdraw() {
        let continuation = state.withLock { state in
            switch state {
            case .waiting(let continuation):
                state = .over
                return continuation as CheckedContinuation<Value, any Error>?
            case .new:
                state = .over
                return nil
            case .started, .over: return nil
            }
        }
        continuation?.resume(throwing: CancellationError())
    }

    /// Ends it.
    /// - Returns: the caller, if it still waits.
    private func end() -> CheckedContinuation<Value, any Error>? {
        state.withLock { state in
            defer { state = .over }
            switch state {
            case .waiting(let continuation), .started(let continuation): return continuation
            case .new, .over: return nil
            }
        }
    }
}
