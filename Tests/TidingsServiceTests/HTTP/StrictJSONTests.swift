import Foundation
import Hummingbird
import HummingbirdTesting
import Testing
import TidingsService

@Suite(.timeLimit(.minutes(1))) struct StrictJSONTests {
    private struct Answer: Decodable {
        let type: String
        let detail: String
    }

    /// A body that is refused, and the byte that is named.
    struct Refused: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let body: [UInt8]
        let byte: Int
        let reason: String

        init(_ body: String, _ byte: Int, _ reason: String) {
            self.init(body, Array(body.utf8), byte, reason)
        }

        init(_ what: String, _ body: [UInt8], _ byte: Int, _ reason: String) {
            testDescription = what
            self.body = body
            self.byte = byte
            self.reason = reason
        }
    }

    private static let good = #"{"name":"a"}"#
    private static let notAllowed = "This byte is not allowed here."

    static let refused: [Refused] = [
        Refused(#"{"name":"a",}"#, 12, notAllowed),
        Refused(#"{"name":"a","list":[1,]}"#, 22, notAllowed),
        Refused(#"{"name":"a"} {}"#, 13, "There is text after the value"),
        Refused(#"{"name":"a" // b"#, 12, notAllowed),
        Refused(#"{'name':'a'}"#, 1, notAllowed),
        Refused(#"{"name":NaN}"#, 8, notAllowed),
        Refused(#"{"name":"a","count":01}"#, 20, "leading zero"),
        Refused(#"{"name":"a","count":+1}"#, 20, notAllowed),
        Refused(#"{"name":"a","name":"b"}"#, 12, "This name comes twice"),
        Refused(#"{"name":"a","\u006eame":"b"}"#, 12, "This name comes twice"),
        Refused(#"{"name":"a","more":{"b":[{"c":1,"c":1}]}}"#, 32, "This name comes twice"),
        Refused(#"{"name":"a","é":1,"e\u0301":1}"#, 19, "This name comes twice"),
        Refused(#"{"name":"a","count":0.99999999999999999999}"#, 20, "more digits than can be told apart"),
        Refused(#"{"name":"a","count":9007199254740993.0}"#, 20, "more digits than can be told apart"),
        Refused(#"{"name":"a","count":1e-400}"#, 20, "more digits than can be told apart"),
        Refused("a byte order mark", [0xEF, 0xBB, 0xBF] + Array(good.utf8), 0, "byte order mark"),
        Refused("UTF-16 with a mark", [UInt8](good.data(using: .utf16) ?? Data()), 0, notAllowed),
        Refused("UTF-16, high byte first", [UInt8](good.data(using: .utf16BigEndian) ?? Data()), 0, notAllowed),
        Refused("UTF-16, low byte first", [UInt8](good.data(using: .utf16LittleEndian) ?? Data()), 1, notAllowed),
        Refused("UTF-32", [UInt8](good.data(using: .utf32LittleEndian) ?? Data()), 1, notAllowed),
        Refused("Latin-1", Array(#"{"name":""#.utf8) + [0xE9] + Array(#""}"#.utf8), 9, "The text is not UTF-8"),
    ]

    @Test(arguments: refused)
    func `a body that is not strict JSON is refused with the byte and the reason`(_ refused: Refused) async throws {
        try await TestService.with { client in
            let body = ByteBuffer(bytes: refused.body)
            let headers: HTTPFields = [.contentType: "application/json"]
            try await client.execute(uri: "/things", method: .post, headers: headers, body: body) { response in
                #expect(response.status == .badRequest)
                let answer = try JSONDecoder().decode(Answer.self, from: Data(String(buffer: response.body).utf8))
                #expect(answer.type == "urn:tidings:problem:malformed-json")
                #expect(answer.detail.hasPrefix("byte \(refused.byte): "), "\(answer.detail)")
                #expect(answer.detail.contains(refused.reason), "\(answer.detail)")
            }
        }
    }

    @Test(arguments: [
        (#"{"name":"a","count":3}"#, 3), (#" { "count" : 3 , "name" : "a" } "#, 3), (#"{"name":"a","count":3.0}"#, 3),
        (#"{"name":"a","count":3e2}"#, 300), (#"{"name":"a","count":9007199254740993}"#, 9_007_199_254_740_993),
        (#"{"name":"a","count":-0.0}"#, 0), (#"{"name":"a","count":null}"#, nil),
        (#"{"name":"a","other":{"name":"a"},"list":[{"name":1},{"name":1}]}"#, nil),
        (#"{"name":"a","other":[0.1,0.30000000000000004,123456789.123456789,1e23,1e300]}"#, nil),
    ])
    func `a body that is strict JSON is read as it stands`(_ body: String, _ count: Int?) async throws {
        try await TestService.with { client in
            let headers: HTTPFields = [.contentType: "application/json"]
            try await client.execute(
                uri: "/things", method: .post, headers: headers, body: ByteBuffer(string: body)
            ) { response in
                #expect(response.status == .ok)
                let answer = Data(String(buffer: response.body).utf8)
                let thing = try JSONDecoder().decode(TestService.Thing.self, from: answer)
                #expect(thing.count == count)
            }
        }
    }
}
