import Hummingbird
import HummingbirdTesting
import Testing
import TidingsService

@Suite(.timeLimit(.minutes(1))) struct AllowedSourcesTests {
    @Test func `a service answers to the names of this machine and its own port`() async throws {
        try await TestService.with { client in
            let port = try #require(client.port)
            for host in ["localhost", "LocalHost", "127.0.0.1", "[::1]"] {
                for host in [host, "\(host):\(port)"] {
                    let answer = try await client.wire("GET /health HTTP/1.1\r\nHost: \(host)")
                    #expect(answer.hasPrefix("HTTP/1.1 200"), "\(host)")
                }
            }
        }
    }

    @Test(arguments: [
        "example.com", "localhost:1", "localhost.example.com", "127.0.0.1.example.com", "localhost@example.com",
        "0.0.0.0", "127.0.0.2", "orders.example:8444", "",
    ])
    func `another name is refused with 421, whatever is asked`(_ host: String) async throws {
        try await TestService.with(["TIDINGS_HTTP_HOSTS": "orders.example:8443"]) { client in
            for request in ["GET /health", "GET /things/a", "POST /things", "GET /nowhere", "OPTIONS /things"] {
                let answer = try await client.wire("\(request) HTTP/1.1\r\nHost: \(host)")
                #expect(answer.hasPrefix("HTTP/1.1 421"), "\(request)")
                #expect(answer.contains("urn:tidings:problem:unknown-host"))
            }
        }
    }

    @Test func `names that are listed are answered, and none that is like them`() async throws {
        try await TestService.with(["TIDINGS_HTTP_HOSTS": "orders.example:8443, Orders.Internal"]) { client in
            for (host, status) in [
                ("orders.example:8443", 200), ("orders.internal", 200), ("ORDERS.EXAMPLE:8443", 200),
                ("orders.example", 421), ("orders.internal:8443", 421), ("localhost", 200),
            ] {
                let answer = try await client.wire("GET /health HTTP/1.1\r\nHost: \(host)")
                #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(host)")
            }
        }
    }

    @Test func `a request without a host or with two is refused`() async throws {
        try await TestService.with { client in
            for head in ["GET /health HTTP/1.1", "GET /health HTTP/1.1\r\nHost: localhost\r\nHost: example.com"] {
                let answer = try await client.wire(head)
                #expect(answer.hasPrefix("HTTP/1.1 400"))
                #expect(answer.contains(#""parameter":"Host""#))
            }
        }
    }

    @Test(arguments: ["https://example.com", "null", "http://localhost:1", "https://shop.example.com", ""])
    func `a request of a web page is refused with 403, whatever it asks`(_ origin: String) async throws {
        try await TestService.with(["TIDINGS_HTTP_ORIGINS": "https://shop.example"]) { client in
            for request in ["GET /health", "POST /things", "OPTIONS /things", "GET /nowhere", "GET /manage/outbox"] {
                let answer = try await client.wire("\(request) HTTP/1.1\r\nHost: localhost\r\nOrigin: \(origin)")
                #expect(answer.hasPrefix("HTTP/1.1 403"), "\(request)")
                #expect(answer.contains("urn:tidings:problem:foreign-origin"))
            }
        }
    }

    @Test func `a page of an origin that is listed may ask and read the answer, a problem too`() async throws {
        try await TestService.with(["TIDINGS_HTTP_ORIGINS": "https://shop.example,https://b.example"]) { client in
            let source = "HTTP/1.1\r\nHost: localhost\r\nOrigin: https://shop.example"
            for (request, status) in [("GET /health", 200), ("GET /nowhere", 404), ("OPTIONS /things", 204)] {
                let answer = try await client.wire("\(request) \(source)").lowercased()
                #expect(answer.hasPrefix("http/1.1 \(status)"), "\(request)")
                #expect(answer.contains("access-control-allow-origin: https://shop.example\r\n"), "\(request)")
            }
            let preflight = try await client.wire("OPTIONS /things \(source)").lowercased()
            #expect(preflight.contains("idempotency-key"))
            // The management routes are for no page.
            let manage = try await client.wire("GET /manage/outbox \(source)")
            #expect(manage.hasPrefix("HTTP/1.1 403"))
        }
    }

    @Test(arguments: [
        ("TIDINGS_HTTP_HOSTS", "https://orders.example"), ("TIDINGS_HTTP_HOSTS", "a,,b"),
        ("TIDINGS_HTTP_ORIGINS", "shop.example"), ("TIDINGS_HTTP_ORIGINS", "https://shop.example/"),
        ("TIDINGS_HTTP_ORIGINS", "*"), ("TIDINGS_HTTP_CONNECTIONS", "0"), ("TIDINGS_HTTP_BODY_SECONDS", "soon"),
    ])
    func `a setting that is wrong stops the start`(_ name: String, _ value: String) async throws {
        let error = await #expect(throws: SettingsError.self) { try await TestService.with([name: value]) { _ in } }
        #expect(error?.name == name)
    }
}
