import Hummingbird
import HummingbirdTesting
import Testing
import TidingsService

@Suite(.timeLimit(.minutes(1))) struct MethodTests {
    @Test(arguments: ["OPTIONS", "TRACE", "PUT", "DELETE", "PATCH", "GET", "HEAD", "PROPFIND", "PURGE", "X"])
    func `a method that a path does not serve is answered with 405 and those that it does`(
        _ method: String
    ) async throws {
        try await TestService.with { client in
            let answer = try await client.wire("\(method) /things HTTP/1.1\r\nHost: localhost")
            // The parser knows no method `X`.
            guard method != "X" else { return #expect(answer.hasPrefix("HTTP/1.1 400")) }
            #expect(answer.hasPrefix("HTTP/1.1 405"))
            #expect(answer.contains("\r\nAllow: POST\r\n"))
        }
    }

    @Test func `a path that serves GET allows HEAD, which has no body, also for what is not there`() async throws {
        try await TestService.with { client in
            let refused = try await client.wire("TRACE /things/a HTTP/1.1\r\nHost: localhost")
            #expect(refused.contains("\r\nAllow: GET, HEAD\r\n"))
            for (path, status) in [("/things/a", 200), ("/nowhere", 404), ("/things", 405)] {
                let answer = try await client.wire("HEAD \(path) HTTP/1.1\r\nHost: localhost")
                #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(path)")
                #expect(answer.hasSuffix("\r\n\r\n"), "\(path)")
            }
        }
    }

    @Test(arguments: ["OPTIONS", "TRACE", "GET", "PROPFIND"])
    func `a path that is not there is not found by any method`(_ method: String) async throws {
        try await TestService.with { client in
            let answer = try await client.wire("\(method) /nowhere HTTP/1.1\r\nHost: localhost")
            #expect(answer.hasPrefix("HTTP/1.1 404"))
            #expect(answer.contains("application/problem+json"))
        }
    }

    @Test func `what a route does not find stays not found`() async throws {
        try await TestService.with { router, _ in
            router.get("lost") { _, _ -> Response in throw Problem.notFound("it is lost") }
        } _: { client in
            try await client.execute(uri: "/lost", method: .get) { response in
                #expect(String(buffer: response.body).contains("it is lost"))
            }
        }
    }
}
