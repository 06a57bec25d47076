import ServiceLifecycle
import ServiceLifecycleTestKit
import Synchronization
import Testing
import TidingsService

@Suite(.timeLimit(.minutes(1))) struct DrainTests {
    /// A service that ends after the one with routes, in good order unless the time for that is over.
    private final class Beside: Service {
        let end = Mutex("")

        func run() async throws {
            do {
                try await gracefulShutdown()
                end.withLock { $0 = "in good order" }
            } catch {
                end.withLock { $0 = "cancelled" }
            }
        }
    }

    @Test(arguments: [
        "POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
        "GET /things/a HTTP/1.1\r\nHost: localhost\r\n\r\nGET /things/a HTTP/1.1\r\nHo",
    ])
    func `a slow client holds the shutdown no longer than it may`(_ text: String) async throws {
        let beside = Beside()
        let settings = [
            "TIDINGS_HTTP_DRAIN_SECONDS": "0.2", "TIDINGS_HTTP_BODY_SECONDS": "600", "TIDINGS_SHUTDOWN_SECONDS": "600",
        ]
        try await TestService.running(settings, beside: beside) { port, trigger in
            try await WireConnection.with(port: port) { connection in
                try await connection.send(text)
                // The service has taken up what came before it is asked to end.
                let other = try await WireConnection.answer(
                    to: "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", port: port)
                #expect(other.hasPrefix("HTTP/1.1 200"))
                trigger.triggerGracefulShutdown()
                _ = try await connection.readAll()
            }
        }
        #expect(beside.end.withLock { $0 } == "in good order")
    }
}
