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
        #expect(try EventPattern(json: pattern.encoded()) == pattern)
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

    @Test func `a pattern inside another value is read and refused like one alone`() throws {
        #expect(try EventPatternList(json: #"[{"type":["a"]}]"#).patterns == ["a"])
        #expect(throws: EventPatternError.self) { try EventPatternList(json: #"[{"type":[]}]"#) }
    }
}
