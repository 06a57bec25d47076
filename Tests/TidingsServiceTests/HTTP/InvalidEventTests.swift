import Hummingbird
import HummingbirdTesting
import Testing
import Tidings
import TidingsService

@Suite(.timeLimit(.minutes(1))) struct InvalidEventTests {
    private struct Named: Event {
        static let type: EventType = "named.v1"
        let name: String
        var subject: String? { name }
    }

    @Test(arguments: [(String(repeating: "x", count: 100_000), "subject"), ("", "subject")])
    func `an event that is invalid for what was sent is the sender's fault, and the answer says what is wrong`(
        _ name: String, _ reason: String
    ) async throws {
        try await TestService.with { router, database in
            router.post("names") { request, _ in
                let thing = try await request.json(TestService.Thing.self)
                let id = try await database.transaction { try $0.publish(Named(name: thing.name)) }
                return Response.json(["id": id.rawValue])
            }
        } _: { client in
            let body = ByteBuffer(string: #"{"name":"\#(name)"}"#)
            let headers: HTTPFields = [.contentType: "application/json"]
            try await client.execute(uri: "/names", method: .post, headers: headers, body: body) { response in
                let text = String(buffer: response.body)
                #expect(response.status == .badRequest)
                #expect(text.contains("urn:tidings:problem:invalid-request"))
                #expect(text.contains(reason), "\(text)")
                #expect(!text.contains("xxxx"))
            }
        }
    }
}
