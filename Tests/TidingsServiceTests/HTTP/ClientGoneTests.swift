import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing
import TidingsService

@Suite(.timeLimit(.minutes(1))) struct ClientGoneTests {
    private struct Failure: Error {}

    /// Keeps the lines of a log.
    private final class Lines: Sendable {
        let all = Mutex<[(level: Logger.Level, text: String)]>([])

        func logger() -> Logger { Logger(label: "test") { _ in Handler(lines: self) } }

        func levels(of text: String) -> [Logger.Level] {
            all.withLock { $0.filter { $0.text == text }.map(\.level) }
        }
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.all.withLock { $0.append((event.level, "\(event.message)")) }
        }
    }

    @Test func `a client that goes away in the middle of its request is no error of the service`() async throws {
        let lines = Lines()
        let router = Router()
        router.add(middleware: ProblemMiddleware())
        router.post("things") { request, _ in Response.json(try await request.json(TestService.Thing.self)) }
        router.get("fails") { _, _ -> Response in throw Failure() }
        let application = Application(router: router, logger: lines.logger())
        try await application.test(.live) { client in
            let port = try #require(client.port)
            try await WireConnection.with(port: port) { connection in
                try await connection.send(
                    """
                    POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                    Content-Length: 99\r\n\r\n{
                    """)
            }
            while lines.levels(of: "A client went away").isEmpty {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(lines.all.withLock { $0.allSatisfy { $0.level < .warning } })
            try await client.execute(uri: "/fails", method: .get) { #expect($0.status == .internalServerError) }
            #expect(lines.levels(of: "A request failed") == [.error])
        }
    }
}
