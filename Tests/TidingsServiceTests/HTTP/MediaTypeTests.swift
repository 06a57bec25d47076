import Hummingbird
import HummingbirdTesting
import Testing
import TidingsService

@Suite(.timeLimit(.minutes(1))) struct MediaTypeTests {
    private let body = ByteBuffer(string: #"{"name":"a"}"#)

    @Test(arguments: [
        "application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;charset=\"utf-8\"",
        "application/vnd.shop+json", "application/merge-patch+json; a=b",
    ])
    func `a body of a JSON type is read`(_ type: String) async throws {
        try await TestService.with { client in
            try await client.execute(uri: "/things", method: .post, headers: [.contentType: type], body: body) {
                #expect($0.status == .ok)
            }
        }
    }

    @Test(arguments: [
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json",
        "application/jsonx", "application/xml", "json", "application/", "text/plain; a=application/json",
        "application/json, text/plain", "application/json,text/plain", "application/json,a/b+json",
        "application/jsonx+jso", "",
    ])
    func `a body of another type, which any web page may send, is refused with 415`(_ type: String) async throws {
        try await TestService.with { client in
            try await client.execute(uri: "/things", method: .post, headers: [.contentType: type], body: body) {
                #expect($0.status == .unsupportedMediaType)
                #expect($0.headers[.contentType] == "application/problem+json")
                #expect(String(buffer: $0.body).contains("urn:tidings:problem:not-json"))
            }
        }
    }

    @Test func `a body without a type is refused with 415, and no body at all for being none`() async throws {
        try await TestService.with { client in
            try await client.execute(uri: "/things", method: .post, body: body) {
                #expect($0.status == .unsupportedMediaType)
            }
            try await client.execute(uri: "/things", method: .post) { #expect($0.status == .badRequest) }
        }
    }
}
