import Testing
import TidingsRouting

struct EventPatternRefusalTests {
    struct Refusal: CustomTestStringConvertible, Sendable {
        let json: String
        let code: EventPatternError.Code
        let path: String
        /// What the message must say.
        let words: String

        var testDescription: String { json }
    }

    static func malformed(_ json: String, at path: String = "", saying words: String) -> Refusal {
        Refusal(json: json, code: .malformed, path: path, words: words)
    }

    static func unsupported(_ json: String, at path: String, saying words: String) -> Refusal {
        Refusal(json: json, code: .unsupported, path: path, words: words)
    }

    @Test(arguments: [
        malformed("[]", saying: "not a list"),
        malformed("\"order.*\"", saying: "not text"),
        malformed("null", saying: "not null"),
        malformed("true", saying: "not a boolean"),
        malformed("12", saying: "not a number"),
        malformed("{}", saying: "empty"),
        malformed(#"{"type":[]}"#, at: "type", saying: "empty"),
        malformed(#"{"detail-type":[]}"#, at: "type", saying: "empty"),
        malformed(#"{"data":{}}"#, at: "data", saying: "empty"),
        malformed(#"{"data":{"total":[]}}"#, at: "data.total", saying: "empty"),
        malformed(#"{"type":"order.created.v1"}"#, at: "type", saying: "list"),
        malformed(#"{"type":null}"#, at: "type", saying: "not null"),
        malformed(#"{"data":{"total":300}}"#, at: "data.total", saying: "not a number"),
        malformed(#"{"type":[["a"]]}"#, at: "type", saying: "inside a list"),
        malformed(#"{"type":[{}]}"#, at: "type", saying: "none"),
        malformed(#"{"type":[{"prefix":"a","suffix":"b"}]}"#, at: "type", saying: "prefix, suffix"),
        malformed(#"{"type":[{"begins":"a"}]}"#, at: "type", saying: "\"begins\""),
        malformed(#"{"type":["a",{"Prefix":"a"}]}"#, at: "type", saying: "\"Prefix\""),
        malformed(#"{"type":[{"prefix":1}]}"#, at: "type", saying: "not a number"),
        malformed(#"{"type":[{"prefix":["a"]}]}"#, at: "type", saying: "not a list"),
        malformed(#"{"type":[{"prefix":{"suffix":"a"}}]}"#, at: "type", saying: "not an object"),
        malformed(#"{"type":[{"wildcard":null}]}"#, at: "type", saying: "not null"),
        malformed(#"{"type":[{"wildcard":{"equals-ignore-case":"a"}}]}"#, at: "type", saying: "not an object"),
        malformed(#"{"type":[{"wildcard":"order.**"}]}"#, at: "type", saying: "**"),
        malformed(#"{"type":[{"wildcard":"a**b"}]}"#, at: "type", saying: "**"),
        malformed(#"{"type":[{"wildcard":"a\\b*"}]}"#, at: "type", saying: "backslash"),
        malformed(#"{"type":[{"wildcard":"a*\\"}]}"#, at: "type", saying: "backslash"),
    ])
    func `what is no pattern is malformed`(refusal: Refusal) throws {
        try check(refusal)
    }

    @Test(arguments: [
        unsupported(#"{"type":[{"wildcard":"*.created"}]}"#, at: "type", saying: "before its end"),
        unsupported(#"{"type":[{"wildcard":"a*b*"}]}"#, at: "type", saying: "before its end"),
        unsupported(#"{"type":[{"suffix":".v1"}]}"#, at: "type", saying: "\"suffix\""),
        unsupported(#"{"type":[{"equals-ignore-case":"a"}]}"#, at: "type", saying: "\"equals-ignore-case\""),
        unsupported(#"{"type":[{"prefix":{"equals-ignore-case":"a"}}]}"#, at: "type", saying: "\"equals-ignore-case\""),
        unsupported(#"{"type":[{"anything-but":["a"]}]}"#, at: "type", saying: "\"anything-but\""),
        unsupported(#"{"type":[{"numeric":[">",1]}]}"#, at: "type", saying: "\"numeric\""),
        unsupported(#"{"type":[{"exists":true}]}"#, at: "type", saying: "\"exists\""),
        unsupported(#"{"type":[{"cidr":"10.0.0.0/8"}]}"#, at: "type", saying: "\"cidr\""),
        unsupported(#"{"type":[300]}"#, at: "type", saying: "a number"),
        unsupported(#"{"type":["a",null]}"#, at: "type", saying: "null"),
        unsupported(#"{"type":[false]}"#, at: "type", saying: "a boolean"),
        unsupported(#"{"source":["orders"]}"#, at: "source", saying: "\"source\""),
        unsupported(#"{"type":["a"],"subject":["b"]}"#, at: "subject", saying: "\"subject\""),
        unsupported(#"{"data":{"total":[{"numeric":[">",100]}]}}"#, at: "data.total", saying: "\"data.total\""),
        unsupported(#"{"data.total":[1]}"#, at: "data.total", saying: "\"data.total\""),
        unsupported(#"{"type":{"name":["a"]}}"#, at: "type.name", saying: "\"type.name\""),
        unsupported(#"{"detail":{"detail-type":["a"]}}"#, at: "detail.detail-type", saying: "detail.detail-type"),
        unsupported(#"{"$or":[{"type":["a"]},{"type":["b"]}]}"#, at: "$or", saying: "$or"),
        unsupported(#"{"data":{"$or":[{"a":["a"]},{"b":["b"]}]}}"#, at: "data.$or", saying: "$or"),
        unsupported(#"{"type":["a"],"detail-type":["b"]}"#, at: "type", saying: "twice"),
    ])
    func `what the language has and this version has not is unsupported`(refusal: Refusal) throws {
        try check(refusal)
    }

    @Test func `a description holds the code, the path and the message`() {
        let error = EventPatternError(code: .unsupported, message: "Not yet.", path: "data.total")
        #expect(error.description == "unsupported at data.total: Not yet.")
        #expect(EventPatternError(code: .malformed, message: "No.").description == "malformed: No.")
    }

    private func check(_ refusal: Refusal) throws {
        let error = try #require(throws: EventPatternError.self) { try EventPattern(json: refusal.json) }
        #expect(error.code == refusal.code)
        #expect(error.path == refusal.path)
        #expect(error.message.contains(refusal.words), "\(error.message)")
    }
}
