import Dispatch
import Synchronization
import Testing
import Tidings
import TidingsSQLite

@Suite(.timeLimit(.minutes(1))) struct WriteLineTests {
    /// Holds the writer of an engine until it is released.
    private struct Holder {
        private let release = DispatchSemaphore(value: 0)
        private let task: Task<Void, any Error>

        init(_ engine: SQLiteEngine) async {
            let (held, told) = AsyncStream<Void>.makeStream()
            task = Task { [release] in
                try await engine.write { _ in
                    told.finish()
                    release.wait()
                }
            }
            for await _ in held {}
        }

        func end() async throws {
            release.signal()
            try await task.value
        }
    }

    /// What has happened, in order.
    private final class Notes: Sendable {
        private let notes = Mutex<[String]>([])
        var all: [String] { notes.withLock { $0 } }

        func add(_ note: String) { notes.withLock { $0.append(note) } }
    }

    /// Begins a request's transaction.
    private func request(
        _ engine: SQLiteEngine, _ body: @escaping @Sendable (any DatabaseConnection) throws -> Void = { _ in }
    ) -> Task<Void, any Error> {
        Task { try await TransactionOrigin.$current.withValue(.request) { try await engine.write(body) } }
    }

    private func untilWaiting(_ count: Int, _ engine: SQLiteEngine) async throws {
        while engine.waitingCount != count {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test func `of requests only so many wait, and the platform's transactions beside them, which go first`()
        async throws
    {
        try await ScratchFile.with { file in
            let engine = try await SQLiteEngine.open(file.path, requestLimit: 3)
            let holder = await Holder(engine)
            let order = Notes()
            let requests = (0..<3).map { _ in request(engine) { _ in order.add("request") } }
            try await untilWaiting(3, engine)
            let error = await #expect(throws: TidingsError.self) { try await request(engine).value }
            #expect(error?.code == .overloaded)
            #expect(error?.isOutage == true)
            let platform = (0..<5).map { _ in
                Task { try await engine.write { _ in order.add("platform") } }
            }
            try await untilWaiting(8, engine)
            // Readers wait for nobody.
            #expect(try await engine.read { try $0.query("SELECT 1 AS n")[0].value("n", as: Int.self) } == 1)
            try await holder.end()
            for task in requests + platform { try await task.value }
            #expect(order.all == Array(repeating: "platform", count: 5) + Array(repeating: "request", count: 3))
            // There is room again.
            try await request(engine).value
        }
    }

    @Test func `requests behind a lock that does not come are all refused at once, and wait for it one time only`()
        async throws
    {
        try await ScratchFile.with { file in
            let engine = try await file.open(busyTimeout: .seconds(2))
            let other = try await SQLiteEngine.open(file.path)
            let holder = await Holder(other)
            // More than share a commit: the others would wait once more.
            let begun = Notes()
            let requests = (0..<400).map { number in
                Task {
                    begun.add("request")
                    try await request(engine) {
                        _ = try $0.execute("INSERT INTO items (name) VALUES (\("n\(number)"))")
                    }.value
                }
            }
            while begun.all.count < 400 { await Task.yield() }
            _ = await requests[0].result
            // Whoever tried again would get the lock now.
            try await holder.end()
            for request in requests {
                let error = await #expect(throws: TidingsError.self) { try await request.value }
                #expect(error?.code == .unavailable)
            }
            #expect(try await engine.names().isEmpty)
        }
    }

    @Test func `a request that is cancelled leaves the line, and nothing of it is done`() async throws {
        try await ScratchFile.with { file in
            let engine = try await file.open()
            let holder = await Holder(engine)
            let cancelled = request(engine) { _ = try $0.execute("INSERT INTO items (name) VALUES ('a')") }
            try await untilWaiting(1, engine)
            cancelled.cancel()
            // It does not wait for the writer, which is still held.
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            #expect(engine.waitingCount == 0)
            try await holder.end()
            #expect(try await engine.names().isEmpty)
        }
    }

    @Test func `a request that is cancelled while the database is locked is told at once`() async throws {
        try await ScratchFile.with { file in
            let engine = try await file.open(busyTimeout: .seconds(30))
            let holder = await Holder(try await SQLiteEngine.open(file.path))
            let cancelled = request(engine) { _ = try $0.execute("INSERT INTO items (name) VALUES ('a')") }
            // Once the writer has taken it up, it waits for the lock.
            for _ in 0..<10 { await Task.yield() }
            while engine.waitingCount > 0 { await Task.yield() }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            try await holder.end()
            try await engine.insert("b")
            #expect(try await engine.names() == ["b"])
        }
    }

    @Test func `what the platform writes is written, though its task is cancelled`() async throws {
        try await ScratchFile.with { file in
            let engine = try await file.open()
            let holder = await Holder(engine)
            let task = Task { try await engine.insert("a") }
            try await untilWaiting(1, engine)
            task.cancel()
            try await holder.end()
            try await task.value
            #expect(try await engine.names() == ["a"])
        }
    }
}
