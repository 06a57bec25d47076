import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing
import TidingsService

@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
    /// The names of the things that were asked for, in order.
    private final class Asked: Sendable {
        let names = Mutex<[String]>([])

        func add(to router: Router<BasicRequestContext>) {
            router.get("asked/:name") { _, context in
                let name = try context.parameters.text("name")
                self.names.withLock { $0.append(name) }
                return Response.json(["name": name])
            }
        }
    }

    private static func get(_ name: String) -> String { "GET /asked/\(name) HTTP/1.1\r\nHost: localhost\r\n\r\n" }

    @Test func `so many connections are open at once, and one more waits until another closes`() async throws {
        let asked = Asked()
        try await TestService.running(["TIDINGS_HTTP_CONNECTIONS": "2"]) { router, _ in
            asked.add(to: router)
        } _: { port, _ in
            try await WireConnection.with(port: port) { first in
                try await first.send(Self.get("a"))
                _ = try await first.read(until: "}")
                try await WireConnection.with(port: port) { second in
                    try await second.send(Self.get("b"))
                    _ = try await second.read(until: "}")
                    try await WireConnection.with(port: port) { third in
                        try await third.send(Self.get("waits"))
                        for _ in 0..<200 {
                            try await first.send(Self.get("a"))
                            _ = try await first.read(until: "}")
                        }
                        #expect(!asked.names.withLock { $0.contains("waits") })
                        try await second.send("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                        _ = try await second.readAll()
                        let answer = try await third.read(until: "}")
                        #expect(answer.hasPrefix("HTTP/1.1 200"))
                    }
                }
            }
        }
    }

    @Test(arguments: ["", "GET /heal", "GET / HTTP/1.1\r\nHost: local", "GET / HTTP/1.1\r\nHost: localhost\r\n"])
    func `a connection without a whole head is closed after its time`(_ start: String) async throws {
        // All others are longer than the test may last.
        let settings = ["TIDINGS_HTTP_HEADER_SECONDS": "1", "TIDINGS_HTTP_IDLE_SECONDS": "600"]
        try await TestService.with(settings) { client in
            let port = try #require(client.port)
            let answer = try await WireConnection.answer(to: start, port: port)
            #expect(answer.isEmpty)
        }
    }

    @Test func `a connection that is idle after a request is closed after its time, though a part of a head has come`()
        async throws
    {
        let settings = ["TIDINGS_HTTP_HEADER_SECONDS": "600", "TIDINGS_HTTP_IDLE_SECONDS": "2"]
        try await TestService.with(settings) { client in
            let request = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let port = try #require(client.port)
            let answer = try await WireConnection.answer(to: request + "GET /hea", port: port)
            #expect(answer.hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func `a body that does not come in time is answered with 408, and the connection is closed`() async throws {
        let settings = ["TIDINGS_HTTP_BODY_SECONDS": "1", "TIDINGS_HTTP_IDLE_SECONDS": "600"]
        try await TestService.with(settings) { client in
            let length = "Content-Type: application/json\r\nContent-Length: 9"
            let head = "POST /things HTTP/1.1\r\nHost: localhost\r\n\(length)\r\n\r\n"
            let port = try #require(client.port)
            let answer = try await WireConnection.answer(to: head + #"{"na"#, port: port)
            #expect(answer.hasPrefix("HTTP/1.1 408"))
            #expect(answer.contains("urn:tidings:problem:body-too-slow"))
        }
    }

    @Test func `a response that is not taken in time ends the connection`() async throws {
        let hasEnded = Mutex(false)
        let settings = ["TIDINGS_HTTP_BODY_SECONDS": "1", "TIDINGS_HTTP_IDLE_SECONDS": "600"]
        try await TestService.with(settings) { router, _ in
            router.get("endless") { _, _ in
                Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        defer { hasEnded.withLock { $0 = true } }
                        let bytes = ByteBuffer(repeating: 0x20, count: 1 << 20)
                        while true { try await writer.write(bytes) }
                    })
            }
        } _: { client in
            let port = try #require(client.port)
            try await WireConnection.with(port: port) { connection in
                try await connection.send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
                while !hasEnded.withLock({ $0 }) {
                    try Task.checkCancellation()
                    await Task.yield()
                }
            }
        }
    }

    @Test func `headers that are too large are refused with 431, and what is no HTTP with 400`() async throws {
        try await TestService.with { client in
            let port = try #require(client.port)
            for (request, status, kind) in [
                ("GET / HTTP/1.1\r\nX: \(String(repeating: "x", count: 100_000))\r\n\r\n", 431, "headers-too-large"),
                ("GET /\(String(repeating: "x", count: 100_000)) HTTP/1.1\r\n\r\n", 431, "headers-too-large"),
                (
                    "GET / HTTP/1.1\r\n\((0..<1100).map { "X\($0): x\r\n" }.joined())\r\n", 431, "headers-too-large"
                ),
                ("nonsense\r\n\r\n", 400, "malformed-request"),
                ("GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400, "malformed-request"),
            ] {
                let answer = try await WireConnection.answer(to: request, port: port)
                #expect(answer.hasPrefix("HTTP/1.1 \(status)"))
                #expect(answer.contains("Content-Type: application/problem+json\r\n"))
                #expect(answer.contains("urn:tidings:problem:\(kind)"))
            }
        }
    }

    @Test func `a client that waits for 100 Continue is told to go on`() async throws {
        try await TestService.with { client in
            let port = try #require(client.port)
            try await WireConnection.with(port: port) { connection in
                let body = #"{"name":"a"}"#
                try await connection.send(
                    """
                    POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                    Content-Length: \(body.utf8.count)\r\nExpect: 100-Continue\r\n\r\n
                    """)
                let interim = try await connection.read(until: "\r\n\r\n")
                #expect(interim.hasPrefix("HTTP/1.1 100 Continue\r\n"))
                try await connection.send(body)
                let answer = try await connection.read(until: "}")
                #expect(answer.hasPrefix("HTTP/1.1 200"))
            }
        }
    }
}
