import Dispatch
import Hummingbird
import HummingbirdTesting
import Testing
import Tidings
import TidingsSQLite
import TidingsService

@Suite(.timeLimit(.minutes(1))) struct OverloadTests {
    private static func addNotes(_ router: Router<BasicRequestContext>, _ database: ServiceDatabase) {
        router.post("notes") { _, _ in
            try await database.transaction { _ = try $0.execute("CREATE TABLE IF NOT EXISTS notes (text TEXT)") }
            return Response.json(["noted": true])
        }
        router.get("notes") { _, _ in
            let count = try await database.read {
                try $0.query("SELECT count(*) AS n FROM sqlite_master WHERE name = 'notes'")[0].value("n", as: Int.self)
            }
            return Response.json(["count": count])
        }
    }

    /// Runs a service, and a body while its database is locked by another process, as it were, until the body says so.
    private func locked(
        _ settings: [String: String],
        _ body: @escaping @Sendable (any TestClientProtocol, _ release: @Sendable () -> Void) async throws -> Void
    ) async throws {
        try await TemporaryFolder.with { folder in
            let path = "\(folder)/things.sqlite"
            let settings = ["THINGS_DATABASE_URL": "sqlite:\(path)"].merging(settings) { $1 }
            try await TestService.with(settings) {
                Self.addNotes($0, $1)
            } _: { client in
                let other = try await SQLiteEngine.open(path, busyTimeout: .seconds(30))
                let release = DispatchSemaphore(value: 0)
                let (locked, told) = AsyncStream<Void>.makeStream()
                let holder = Task {
                    try await other.write { _ in
                        told.finish()
                        release.wait()
                    }
                }
                for await _ in locked {}
                do {
                    try await body(client) { release.signal() }
                } catch {
                    release.signal()
                    throw error
                }
                try await holder.value
            }
        }
    }

    @Test func `of requests that write only so many wait for a locked database, and reads go on`()
        async throws
    {
        try await locked(["TIDINGS_HTTP_WAITING_WRITES": "2"]) { client, release in
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await client.wire("POST /notes HTTP/1.1\r\nHost: localhost") }
                }
                var refused = 0
                while refused < 10, let answer = try await group.next() {
                    #expect(answer.hasPrefix("HTTP/1.1 503"))
                    #expect(answer.contains("\r\nRetry-After: 1\r\n"))
                    #expect(answer.contains("urn:tidings:problem:unavailable"))
                    refused += 1
                }
                let read = try await client.wire("GET /notes HTTP/1.1\r\nHost: localhost")
                #expect(read.hasSuffix(#"{"count":0}"#))
                release()
                var taken = 0
                while let answer = try await group.next() { taken += answer.hasPrefix("HTTP/1.1 200") ? 1 : 0 }
                // None, if the lock was held for longer than anyone waits.
                #expect(taken <= 6)
            }
        }
    }

    @Test func `a request that takes too long is given up with 503, and nothing of it is done`() async throws {
        try await locked(["TIDINGS_HTTP_REQUEST_SECONDS": "0.5"]) { client, release in
            let answer = try await client.wire("POST /notes HTTP/1.1\r\nHost: localhost")
            #expect(answer.hasPrefix("HTTP/1.1 503"))
            #expect(answer.contains("\r\nRetry-After: 1\r\n"))
            #expect(answer.contains("took longer than it may"))
            release()
            let read = try await client.wire("GET /notes HTTP/1.1\r\nHost: localhost")
            #expect(read.hasSuffix(#"{"count":0}"#))
        }
    }
}
