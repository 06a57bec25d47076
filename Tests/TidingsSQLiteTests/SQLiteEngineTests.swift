import Dispatch
import Foundation
import Synchronization
import Testing
import Tidings
import TidingsSQLite

struct Unwilling: Error {}

@Suite(.timeLimit(.minutes(1)))
struct SQLiteEngineTests {
    @Test func `the writer syncs every commit and keeps foreign keys`() async throws {
        try await ScratchFile.with { file in
            let engine = try await file.open()
            let (synchronous, mode, keys) = try await engine.write { connection in
                (
                    try connection.query("PRAGMA synchronous")[0].value("synchronous", as: Int.self),
                    try connection.query("PRAGMA journal_mode")[0].value("journal_mode", as: String.self),
                    try connection.query("PRAGMA foreign_keys")[0].value("foreign_keys", as: Int.self)
                )
            }
            #expect(synchronous == 2)
            #expect(mode == "wal")
            #expect(keys == 1)
        }
    }

    @Test func `a relaxed commit is not synced, and every other is, also one that is shared`() async throws {
        try await ScratchFile.with { file in
            let engine = try await file.open()
            let mode: @Sendable (any DatabaseConnection) throws -> Int = {
                try $0.query("PRAGMA synchronous")[0].value("synchronous")
            }
            #expect(try await engine.write(.relaxed, mode) == 1)
            #expect(try await engine.write(.synced, mode) == 2)
            #expect(try await engine.write(.relaxed, mode) == 1)
            // These wait for the first and share a commit.
            let hasBegun = Mutex(false)
            async let first = engine.write(.relaxed) { connection in
                hasBegun.withLock { $0 = true }
                while engine.waitingCount < 2 { sched_yield() }
                return try mode(connection)
            }
            while !hasBegun.withLock({ $0 }) { await Task.yield() }
            async let relaxed = engine.write(.relaxed, mode)
            async let synced = engine.write(.synced, mode)
            #expect(try await [first, relaxed, synced] == [1, 2, 2])
        }
    }

    @Test func `what was committed is there after the file is opened again`() async throws {
        try await ScratchFile.with { file in
            try await file.open().insert("a")
            #expect(try await file.open().names() == ["a"])
        }
    }

    @Test func `a body that throws leaves nothing`() async throws {
        try await ScratchFile.with { file in
            let engine = try await file.open()
            await #expect(throws: Unwilling.self) {
                try await engine.write { connection in
                    _ = try connection.execute("INSERT INTO items (name) VALUES ('a')")
                    throw Unwilling()
                }
            }
            #expect(try await engine.names().isEmpty)
        }
    }

    @Test func `a savepoint that throws undoes its own writes alone, however deep it stands`() async throws {
        try await ScratchFile.with { file in
            let engine = try await file.open()
            try await engine.write { connection in
                _ = try connection.execute("INSERT INTO items (name) VALUES ('a')")
                try connection.savepoint {
                    _ = try connection.execute("INSERT INTO items (name) VALUES ('b')")
                    try? connection.savepoint {
                        _ = try connection.execute("INSERT INTO items (name) VALUES ('c')")
                        throw Unwilling()
                    }
                }
            }
            #expect(try await engine.names() == ["a", "b"])
        }
    }

    @Test func `a constraint that is broken is a statement error, again and again, and the transaction can go on`()
        async throws
    {
        try await ScratchFile.with { file in
            let engine = try await file.open()
            let codes = try await engine.write { connection in
                _ = try connection.execute("INSERT INTO items (name) VALUES (\("a"))")
                let codes = (0..<3).map { _ in
                    let error = #expect(throws: TidingsError.self) {
                        try connection.execute("INSERT INTO items (name) VALUES (\("a"))")
                    }
                    return error?.code
                }
                _ = try connection.execute("INSERT INTO items (name) VALUES (\("b"))")
                return codes
            }
            #expect(codes == [.statement, .statement, .statement])
            #expect(try await engine.names() == ["a", "b"])
        }
    }

    @Test func `transactions that wait at the same moment share a commit`() async throws {
        try await ScratchFile.with { file in
            let engine = try await file.open()
            let before = try file.commits()
            try await engine.together(
                (0..<50).map { number in
                    { _ = try $0.execute("INSERT INTO items (name) VALUES (\("n\(number)"))") }
                })
            #expect(try await engine.names().count == 50)
            let commits = try file.commits() - before
            #expect((1...10).contains(commits), "\(commits) commits for 50 transactions")
        }
    }

    @Test func `one transaction that fails among many undoes none of the others`() async throws {
        try await ScratchFile.with { file in
            let engine = try await file.open()
            let failures = try await engine.together(
                (0..<20).map { number in
                    { connection in
                        _ = try connection.execute("INSERT INTO items (name) VALUES (\("n\(number)"))")
                        if number % 5 == 0 { throw Unwilling() }
                    }
                })
            #expect(failures == [0, 5, 10, 15])
            #expect(try await engine.names().count == 16)
        }
    }

    @Test func `when a shared commit fails each transaction runs again alone`() async throws {
        try await ScratchFile.with { file in
            let engine = try await file.open()
            try await engine.write { connection in
                _ = try connection.execute(
                    """
                    CREATE TABLE parts (
                        item INTEGER NOT NULL REFERENCES items (id) DEFERRABLE INITIALLY DEFERRED)
                    """)
            }
            let failures = try await engine.together(
                (0..<20).map { number in
                    { connection in
                        _ = try connection.execute("INSERT INTO items (name) VALUES (\("n\(number)"))")
                        // Refused by the commit, not by the statement.
                        if number == 7 { _ = try connection.execute("INSERT INTO parts (item) VALUES (99999)") }
                    }
                })
            #expect(failures == [7])
            #expect(try await engine.names().count == 19)
        }
    }

    @Test func `a database locked by another connection is unavailable after the time-out and works again afterwards`()
        async throws
    {
        try await ScratchFile.with { file in
            let engine = try await file.open()
            let other = try await SQLiteEngine.open(file.path)
            let release = DispatchSemaphore(value: 0)
            let (locked, told) = AsyncStream<Void>.makeStream()
            let holder = Task {
                try await other.write { _ in
                    told.finish()
                    release.wait()
                }
            }
            for await _ in locked {}
            await withTaskGroup(of: TidingsError.Code?.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        await #expect(throws: TidingsError.self) { try await engine.insert("n\(number)") }?.code
                    }
                }
                for await code in group { #expect(code == .unavailable) }
            }
            release.signal()
            try await holder.value
            try await engine.insert("later")
            #expect(try await engine.names() == ["later"])
        }
    }

    @Test func `a path that cannot be opened is unavailable`() async throws {
        let error = await #expect(throws: TidingsError.self) {
            try await SQLiteEngine.open("/nowhere/at/all.sqlite")
        }
        #expect(error?.code == .unavailable)
    }
}

extension SQLiteEngine {
    /// Runs bodies that all wait while another transaction holds the writer; returns the numbers of those that failed.
    @discardableResult
    fileprivate func together(
        _ bodies: [@Sendable (any DatabaseConnection) throws -> Void]
    ) async throws -> [Int] {
        let release = DispatchSemaphore(value: 0)
        let (held, told) = AsyncStream<Void>.makeStream()
        let holder = Task {
            try await self.write { _ in
                told.finish()
                release.wait()
            }
        }
        for await _ in held {}
        let failures = await withTaskGroup(of: Int?.self) { group in
            let (waiting, arrived) = AsyncStream<Void>.makeStream()
            for (number, body) in bodies.enumerated() {
                group.addTask {
                    arrived.yield()
                    do {
                        try await self.write(body)
                        return nil
                    } catch {
                        return number
                    }
                }
            }
            var count = 0
            for await _ in waiting {
                count += 1
                if count == bodies.count { break }
            }
            release.signal()
            return await group.reduce(into: [Int]()) { if let number = $1 { $0.append(number) } }
        }
        try await holder.value
        return failures.sorted()
    }
}
