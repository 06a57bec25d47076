import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import OrderServices
import Synchronization
import Testing
import Tidings

/// What a gateway that answers as it should not makes of a charge.
@Suite(.timeLimit(.minutes(1))) struct HTTPGatewayAnswerTests {
    /// Charges once at a gateway with some routes, and returns what was thrown.
    private func failure(
        of routes: Router<BasicRequestContext>, within timeout: Duration = .seconds(10)
    ) async throws -> TidingsError? {
        try await Application(router: routes).test(.live) { client in
            let port = try #require(client.port)
            let gateway = HTTPGateway(url: "http://127.0.0.1:\(port)", timeout: timeout)
            return await #expect(throws: TidingsError.self) {
                try await gateway.charge(Money(cents: 1998), idempotencyKey: "k")
            }
        }
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `a redirect is not followed, because key and amount are for the gateway alone`(_ status: Int) async throws {
        let elsewhere = Count()
        let routes = Router()
        routes.post("charges") { _, _ in
            Response(status: .init(code: status), headers: [.location: "/elsewhere"])
        }
        for method in [HTTPRequest.Method.get, .post] {
            routes.on("elsewhere", method: method) { _, _ in
                elsewhere.add()
                return #"{"status":"approved","transactionId":"t"}"#
            }
        }
        let error = try await failure(of: routes)
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("\(status)") == true)
        #expect(elsewhere.value == 0)
    }

    @Test func `the time for an answer ends while its bytes still come one by one, and with it the connection`()
        async throws
    {
        let (blanks, sent) = (2000, Count())
        let routes = Router()
        routes.post("charges") { _, _ in
            // An answer that could be read, if someone waited for its end.
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    for _ in 0..<blanks {
                        try await writer.write(ByteBuffer(string: " "))
                        sent.add()
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    try await writer.write(ByteBuffer(string: #"{"status":"approved","transactionId":"t"}"#))
                    try await writer.finish(nil)
                })
        }
        let error = try await failure(of: routes, within: .milliseconds(300))
        #expect(error?.code == .unavailable)
        #expect((1..<blanks).contains(sent.value))
    }
}

/// How often something was done.
private final class Count: Sendable {
    private let number = Atomic(0)

    var value: Int { number.load(ordering: .relaxed) }

    func add() { number.add(1, ordering: .relaxed) }
}
