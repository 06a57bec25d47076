import Tidings

extension BusBench {
    func expect(_ condition: Bool, _ message: @autoclosure () -> String) throws {
        if !condition { throw Violation(message()) }
    }

    func expect<Value: Equatable>(_ found: Value, is expected: Value, _ what: String) throws {
        if found != expected { throw Violation("\(what): expected \(expected), found \(found)") }
    }

    /// Expects an error of the platform with a code.
    func expect<Result>(
        _ code: TidingsError.Code, from what: String, _ body: () async throws -> Result
    ) async throws {
        do {
            _ = try await body()
        } catch let error as TidingsError {
            return try expect(error.code, is: code, "the error of \(what) (\(error.message))")
        } catch {
            throw Violation("\(what) threw \(error) where an error with code \(code) was expected")
        }
        throw Violation("\(what) succeeded where an error with code \(code) was expected")
    }

    /// Expects a task to end in time; cancels it otherwise.
    func value<Result: Sendable>(of task: Task<Result, any Error>, _ what: String) async throws -> Result {
        try await within(what) {
            try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        }
    }

    /// Expects `body` to end in time.
    func within<Result: Sendable>(
        _ what: String, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let timeout = timeout
        return try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw Violation("waited \(timeout) for \(what) in vain")
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }
}
