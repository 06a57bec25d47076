import Testing
import TidingsRouting

struct EventPatternRefusalTests {
    struct Refusal: CustomTestStringConvertible, Sendable {
        let json: String
        let path: String
        /// The column at which it is wrong.
        let column: Int
        /// What the message must say.
        let words: String

        init(_ json: String, at path: String = "", _ column: Int, saying words: String) {
            self.json = json
            self.path = path
            self.column = column
            self.words = words
        }

        var testDescription: String { json }
    }

    @Test(arguments: [
        Refusal("[]", 1, saying: "not a list"),
        Refusal("\"order.*\"", 1, saying: "not text"),
        Refusal("null", 1, saying: "not null"),
        Refusal("true", 1, saying: "not a boolean"),
        Refusal(" 12", 2, saying: "not a number"),
        Refusal("{}", 1, saying: "empty"),
        Refusal(#"{"type":[]}"#, at: "type", 9, saying: "empty"),
        Refusal(#"{"detail-type":[]}"#, at: "detail-type", 16, saying: "empty"),
        Refusal(#"{"data":{}}"#, at: "data", 9, saying: "empty"),
        Refusal(#"{"data":{"total":[]}}"#, at: "data.total", 18, saying: "empty"),
        Refusal(#"{"type":"order.created.v1"}"#, at: "type", 9, saying: "list"),
        Refusal(#"{"type":null}"#, at: "type", 9, saying: "not null"),
        Refusal(#"{"data":{"total":300}}"#, at: "data.total", 18, saying: "not a number"),
        Refusal(#"{"type":[["a"]]}"#, at: "type", 10, saying: "inside a list"),
        Refusal(#"{"type":[{}]}"#, at: "type", 10, saying: "none"),
        Refusal(#"{"type":[{"prefix":"a","suffix":"b"}]}"#, at: "type", 24, saying: "prefix, suffix"),
        Refusal(#"{"type":[{"prefix":"a","prefix":"b"}]}"#, at: "type", 24, saying: "exactly one"),
        Refusal(#"{"type":[{"begins":"a"}]}"#, at: "type", 11, saying: "\"begins\""),
        Refusal(#"{"type":["a",{"Prefix":"a"}]}"#, at: "type", 15, saying: "did you mean \"prefix\"?"),
        Refusal(#"{"a":[{"anything_but":"a"}]}"#, at: "a", 8, saying: "did you mean \"anything-but\"?"),
        Refusal(#"{"type":[{"prefix":1}]}"#, at: "type", 20, saying: "not a number"),
        Refusal(#"{"type":[{"prefix":["a"]}]}"#, at: "type", 20, saying: "not a list"),
        Refusal(#"{"type":[{"prefix":{"suffix":"a"}}]}"#, at: "type", 21, saying: "not \"suffix\""),
        Refusal(#"{"type":[{"suffix":{"equals-ignore-case":1}}]}"#, at: "type", 42, saying: "not a number"),
        Refusal(#"{"type":[{"suffix":{"equals-ignore-case":"a","b":1}}]}"#, at: "type", 46, saying: "exactly one"),
        Refusal(#"{"type":[{"equals-ignore-case":["a"]}]}"#, at: "type", 32, saying: "not a list"),
        Refusal(#"{"type":[{"wildcard":null}]}"#, at: "type", 22, saying: "not null"),
        Refusal(#"{"type":[{"wildcard":{"equals-ignore-case":"a"}}]}"#, at: "type", 22, saying: "not an object"),
        Refusal(#"{"type":[{"wildcard":"order.**"}]}"#, at: "type", 22, saying: "**"),
        Refusal(#"{"type":[{"wildcard":"a**b"}]}"#, at: "type", 22, saying: "**"),
        Refusal(#"{"type":[{"wildcard":"a\\b*"}]}"#, at: "type", 22, saying: "backslash"),
        Refusal(#"{"type":[{"wildcard":"a*\\"}]}"#, at: "type", 22, saying: "backslash"),
        Refusal(#"{"a":[{"exists":"yes"}]}"#, at: "a", 17, saying: "true or false"),
    ])
    func `what is not a pattern is refused with its path and position`(refusal: Refusal) throws {
        try check(refusal)
    }

    @Test(arguments: [
        Refusal(#"{"a":[{"anything-but":[]}]}"#, at: "a", 23, saying: "empty"),
        Refusal(#"{"a":[{"anything-but":null}]}"#, at: "a", 23, saying: "not null"),
        Refusal(#"{"a":[{"anything-but":["a",1]}]}"#, at: "a", 28, saying: "texts only or numbers only"),
        Refusal(#"{"a":[{"anything-but":[1,"a"]}]}"#, at: "a", 26, saying: "texts only or numbers only"),
        Refusal(#"{"a":[{"anything-but":[true]}]}"#, at: "a", 24, saying: "a boolean"),
        Refusal(#"{"a":[{"anything-but":{"prefix":""}}]}"#, at: "a", 33, saying: "empty text"),
        Refusal(#"{"a":[{"anything-but":{"suffix":["x",""]}}]}"#, at: "a", 38, saying: "empty text"),
        Refusal(#"{"a":[{"anything-but":{"prefix":[]}}]}"#, at: "a", 33, saying: "empty"),
        Refusal(#"{"a":[{"anything-but":{"wildcard":["a**"]}}]}"#, at: "a", 36, saying: "**"),
        Refusal(#"{"a":[{"anything-but":{"numeric":["=",1]}}]}"#, at: "a", 24, saying: "\"numeric\""),
        Refusal(#"{"a":[{"anything-but":{"prefix":"a","suffix":"b"}}]}"#, at: "a", 37, saying: "exactly one"),
        Refusal(#"{"a":[{"numeric":5}]}"#, at: "a", 18, saying: "takes a list"),
        Refusal(#"{"a":[{"numeric":[]}]}"#, at: "a", 18, saying: "0 values"),
        Refusal(#"{"a":[{"numeric":[">"]}]}"#, at: "a", 18, saying: "1 value"),
        Refusal(#"{"a":[{"numeric":["!=",5]}]}"#, at: "a", 19, saying: "not \"!=\""),
        Refusal(#"{"a":[{"numeric":[">","5"]}]}"#, at: "a", 23, saying: "not with text"),
        Refusal(#"{"a":[{"numeric":["<",5,">",1]}]}"#, at: "a", 19, saying: "lower bound"),
        Refusal(#"{"a":[{"numeric":[">",1,">",5]}]}"#, at: "a", 25, saying: "upper bound"),
        Refusal(#"{"a":[{"numeric":["=",1,"<",5]}]}"#, at: "a", 19, saying: "lower bound"),
        Refusal(#"{"a":[{"numeric":[">=",5,"<=",5]}]}"#, at: "a", 31, saying: "less than its top"),
        Refusal(#"{"a":[{"numeric":[">",5,"<",1]}]}"#, at: "a", 29, saying: "less than its top"),
        Refusal(#"{"a":[{"numeric":[">",0,"<",1,"<",2]}]}"#, at: "a", 31, saying: "6 values"),
        Refusal(#"{"a":[{"numeric":["=",1e400]}]}"#, at: "a", 23, saying: "too large or too small"),
        Refusal(#"{"a":[{"numeric":["<",-1e-400]}]}"#, at: "a", 23, saying: "too large or too small"),
        Refusal(
            #"{"a":[{"numeric":[">",9007199254740993,"<",9007199254740993.0]}]}"#, at: "a", 44, saying: "less than"),
        Refusal(#"{"a":[{"cidr":1}]}"#, at: "a", 15, saying: "takes text"),
        Refusal(#"{"a":[{"cidr":"10.0.0.0"}]}"#, at: "a", 15, saying: "10.0.0.0/8"),
        Refusal(#"{"a":[{"cidr":"10.0.0/8"}]}"#, at: "a", 15, saying: "not an IP address"),
        Refusal(#"{"a":[{"cidr":"10.0.0.0/33"}]}"#, at: "a", 15, saying: "0 to 32"),
        Refusal(#"{"a":[{"cidr":"10.0.0.0/-1"}]}"#, at: "a", 15, saying: "0 to 32"),
        Refusal(#"{"a":[{"cidr":"10.0.0.0/08"}]}"#, at: "a", 15, saying: "0 to 32"),
        Refusal(#"{"a":[{"cidr":"10.0.0.0/008"}]}"#, at: "a", 15, saying: "0 to 32"),
        Refusal(#"{"a":[{"cidr":"::/00"}]}"#, at: "a", 15, saying: "without a zero in front"),
        Refusal(#"{"a":[{"cidr":"::/129"}]}"#, at: "a", 15, saying: "0 to 128"),
        Refusal(#"{"a":[{"cidr":"::/"}]}"#, at: "a", 15, saying: "0 to 128"),
        Refusal(#"{"$or":[{"a":[1]}]}"#, at: "$or", 8, saying: "two or more"),
        Refusal(#"{"$or":[]}"#, at: "$or", 8, saying: "two or more"),
        Refusal(#"{"$or":{"a":[1]}}"#, at: "$or", 8, saying: "not an object"),
        Refusal(#"{"d":{"$or":[{"a":[1]},{}]}}"#, at: "d", 24, saying: "empty"),
        Refusal(#"{"d":{"$or":[{"a":[1]},3]}}"#, at: "d.$or", 24, saying: "not a number"),
        Refusal(#"{"d":{"$or":[{"a":[1]},{"b":3}]}}"#, at: "d.b", 29, saying: "not a number"),
    ])
    func `what an operator cannot take is refused with its path and position`(refusal: Refusal) throws {
        try check(refusal)
    }

    @Test(arguments: [
        Refusal("", 1, saying: "The end of the text"),
        Refusal(#"{"a":[1]} x"#, 11, saying: "after the end"),
        Refusal(#"{"a":[1]}{}"#, 10, saying: "after the end"),
        Refusal(#"{"a":[1],}"#, 10, saying: "a name in double quotes"),
        Refusal(#"{a:[1]}"#, 2, saying: "a name in double quotes"),
        Refusal(#"{"a" [1]}"#, 6, saying: "\":\""),
        Refusal(#"{"a":[1 2]}"#, at: "a", 9, saying: "\",\" or \"]\""),
        Refusal(#"{"a":[1]"#, 9, saying: "\",\" or \"}\""),
        Refusal(#"{"a":{"b":[01]}}"#, at: "a.b", 12, saying: "no leading zero"),
        Refusal(#"{"a":[1.]}"#, at: "a", 7, saying: "digit"),
        Refusal(#"{"a":[-]}"#, at: "a", 7, saying: "digit"),
        Refusal(#"{"a":[1e]}"#, at: "a", 7, saying: "digit"),
        Refusal(#"{"a":[+1]}"#, at: "a", 7, saying: "not a JSON value"),
        Refusal(#"{"a":[True]}"#, at: "a", 7, saying: "not a JSON value"),
        Refusal(#"{"a":[nil]}"#, at: "a", 7, saying: "true, false and null"),
        Refusal(#"{"a":["x]}"#, at: "a", 7, saying: "no closing quote"),
        Refusal("{\"a\":[\"x\ty\"]}", at: "a", 9, saying: "control character"),
        Refusal(#"{"a":["\x"]}"#, at: "a", 8, saying: "is followed by one of"),
        Refusal(#"{"a":["\u12G4"]}"#, at: "a", 8, saying: "hexadecimal"),
        Refusal(#"{"a":["\ud83d"]}"#, at: "a", 8, saying: "surrogate"),
        Refusal(#"{"a":["\udeb2\ud83d"]}"#, at: "a", 8, saying: "surrogate"),
        Refusal(#"{"a":["\ud83d\u0041"]}"#, at: "a", 8, saying: "surrogate"),
        Refusal("\u{FEFF}{\"a\":[1]}", 1, saying: "byte order mark"),
        Refusal("{\"é\u{1F6B2}\":[1],\"b\":1}", at: "b", 15, saying: "not a number"),
        Refusal(#"{"d":{"$or":[{"a":[1]},{"b":[01]}]}}"#, at: "d.b", 30, saying: "no leading zero"),
    ])
    func `what is not JSON is refused with its path and position`(refusal: Refusal) throws {
        try check(refusal)
    }

    @Test func `a position counts lines, and columns in characters`() throws {
        let json = "{\n  \"é\": [\"🚲\", 1],\n  \"data\": {\"total\": [{\"numeric\": [\">\", \"5\"]}]}\n}"
        let error = try #require(throws: EventPatternError.self) { try EventPattern(json: json) }
        #expect(error.position?.line == 3)
        #expect(error.position?.column == 40)
        #expect(error.position?.offset == json.utf8.count - 9)
        #expect(
            error.description == "malformed at data.total, line 3, column 40: "
                + "The operator \"numeric\" compares with numbers, not with text.")
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        let bytes = Array(#"{"a":[""#.utf8) + [0xC3, 0x28] + Array(#""]}"#.utf8)
        let error = #expect(throws: EventPatternError.self) { try EventPattern(json: bytes) }
        #expect(error?.path == "a")
        #expect(error?.position?.column == 8)
    }

    @Test func `a description holds the code, the path and the message`() {
        let error = EventPatternError(code: .tooComplex, message: "Too much.", path: "data.total")
        #expect(error.description == "tooComplex at data.total: Too much.")
        #expect(EventPatternError(code: .malformed, message: "No.").description == "malformed: No.")
    }

    private func check(_ refusal: Refusal) throws {
        let error = try #require(throws: EventPatternError.self) { try EventPattern(json: refusal.json) }
        #expect(error.code == .malformed)
        #expect(error.path == refusal.path)
        #expect(error.position?.line == 1)
        #expect(error.position?.column == refusal.column)
        #expect(error.message.contains(refusal.words), "\(error.message)")
    }
}
