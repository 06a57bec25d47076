import Testing
import TidingsRouting

struct EventPatternCodableTests {
    static let patterns = [
        #"{"type":["order.created.v1"]}"#,
        #"{"type":["order.created.v1",{"wildcard":"order.*"},{"prefix":"order."}]}"#,
        #"{"type":[{"prefix":""}]}"#,
        #"{"type":[{"wildcard":"*"}]}"#,
        #"{"type":[{"wildcard":"no star"}]}"#,
        #"{"type":[{"wildcard":"a\\*\\\\*"}]}"#,
        #"{"type":["a","a",""]}"#,
        #"{"type":["order.*","/","é","\"quoted\"\n"]}"#,
    ]

    @Test(arguments: patterns)
    func `a pattern describes itself and encodes as the JSON it was read from`(json: String) throws {
        let pattern = try EventPattern(json: json)
        #expect(pattern.description == json)
        #expect(try pattern.encoded() == json)
    }

    @Test(arguments: patterns)
    func `encoding and decoding gives an equal pattern`(json: String) throws {
        let pattern = try EventPattern(json: json)
        #expect(try EventPattern(decoding: pattern.encoded()) == pattern)
        #expect(try EventPattern(json: pattern.description) == pattern)
    }

    @Test func `detail-type is the same field as type`() throws {
        let pattern = try EventPattern(json: #"{"detail-type":["order.created.v1"]}"#)
        #expect(pattern == EventPattern(exactly: "order.created.v1"))
        #expect(pattern.description == #"{"type":["order.created.v1"]}"#)
    }

    @Test func `control characters are escaped in a description`() throws {
        let pattern = EventPattern(exactly: "\u{1}\u{1f}\t\r")
        #expect(pattern.description == #"{"type":["\u0001\u001f\t\r"]}"#)
        #expect(try EventPattern(json: pattern.description) == pattern)
    }

    @Test func `equality is by what is written, in its order`() throws {
        #expect(EventPattern(types: "a", "b") != EventPattern(types: "b", "a"))
        #expect(try EventPattern(json: #"{"type":[{"prefix":"a"}]}"#) != EventPattern(types: "a*"))
        #expect(EventPattern(exactly: "\u{e9}") != EventPattern(exactly: "e\u{301}"))
    }

    @Test(arguments: [
        (#"{"a":[9007199254740993,1e400]}"#, #""{\"a\":[9007199254740993,1e400]}""#),
        (#"{"b":{"a":[1]},"b.a":[2]}"#, #""{\"b\":{\"a\":[1]},\"b.a\":[2]}""#),
        (#"{"a":[1],"a":[2]}"#, #""{\"a\":[1],\"a\":[2]}""#),
        (#"{"$or":[{"a":[1]},{"b":[2]}],"a":[3]}"#, #""{\"$or\":[{\"a\":[1]},{\"b\":[2]}],\"a\":[3]}""#),
    ])
    func `what an encoder would lose is encoded as text`(json: String, encoded: String) throws {
        let pattern = try EventPattern(json: json)
        #expect(try pattern.encoded() == encoded)
        #expect(try EventPattern(decoding: encoded) == pattern)
    }

    @Test(arguments: [
        #"{"z":[1,2.5,-3e-7,18446744073709549568,1e300],"a":[null,true,false]}"#,
        #"{"$or":[{"a":[1]},{"a":[2],"b":[3]}],"c":{"$or":[{"d":[4]},{"e":[5]}]}}"#,
        #"{"data":{"b":[{"numeric":[">",0,"<=",0.1]}],"a":[{"anything-but":{"prefix":["x","y"]}}]}}"#,
    ])
    func `whatever order an encoder gives the keys, the pattern is equal`(json: String) throws {
        let pattern = try EventPattern(json: json)
        #expect(try !pattern.encoded().hasPrefix("\""))
        for _ in 0..<10 { #expect(try EventPattern(decoding: pattern.encoded()) == pattern) }
    }

    @Test func `text inside JSON is a pattern, too, and its errors have a position`() throws {
        #expect(try EventPattern(decoding: #""{\"type\":[\"a\"]}""#) == "a")
        let error = try #require(throws: EventPatternError.self) { try EventPattern(decoding: #""{\"type\":[]}""#) }
        #expect(error.position?.column == 9)
        #expect(error.path == "type")
    }

    @Test func `a refusal without text has a path and no position`() throws {
        let error = try #require(throws: EventPatternError.self) {
            try EventPattern(decoding: #"{"detail":{"total":[{"numeric":[">","1"]}]}}"#)
        }
        #expect(error.path == "detail.total")
        #expect(error.position == nil)
    }

    @Test func `a pattern inside another value is read and refused like one alone`() throws {
        #expect(try EventPatternList(json: #"[{"type":["a"]}]"#).patterns == ["a"])
        #expect(throws: EventPatternError.self) { try EventPatternList(json: #"[{"type":[]}]"#) }
    }
}
