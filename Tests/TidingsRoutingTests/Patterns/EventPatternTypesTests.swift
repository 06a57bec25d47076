import Testing
import TidingsRouting

struct EventPatternTypesTests {
    @Test func `types written in code are exact or wildcards`() {
        let pattern = EventPattern(types: "order.created.v1", "payment.*")
        #expect(pattern.description == #"{"type":["order.created.v1",{"wildcard":"payment.*"}]}"#)
    }

    @Test func `types known at run time read as those in code`() throws {
        let types = ["order.created.v1", "payment.*"]
        #expect(try EventPattern(types: types) == EventPattern(types: "order.created.v1", "payment.*"))
    }

    @Test func `a literal is a pattern for one type`() {
        let pattern: EventPattern = "order.*"
        #expect(pattern == EventPattern(types: "order.*"))
    }

    @Test func `a star may stand anywhere in a type`() {
        let pattern: EventPattern = "*.created.*"
        #expect(pattern.description == #"{"type":[{"wildcard":"*.created.*"}]}"#)
        #expect(pattern.matches(type: "order.created.v1"))
        #expect(!pattern.matches(type: "order.created"))
    }

    @Test func `all is a prefix that every type has`() {
        #expect(EventPattern.all.description == #"{"type":[{"prefix":""}]}"#)
        #expect(EventPattern.all.matches(type: "order.created.v1"))
        #expect(EventPattern.all.matches(type: ""))
    }

    @Test func `exact types take a star for a character`() throws {
        let pattern = try EventPattern(exactly: ["order.*", #"a\b"#])
        #expect(pattern.description == #"{"type":["order.*","a\\b"]}"#)
        #expect(pattern.matches(type: "order.*"))
        #expect(!pattern.matches(type: "order.created.v1"))
        #expect(EventPattern(exactly: "order.*").matches(type: "order.*"))
    }

    @Test(
        arguments: [
            ([], .malformed),
            (["a", "order.**"], .malformed),
            ([#"a\"#], .malformed),
            ([String(repeating: "*a", count: 257)], .tooComplex),
        ] as [([String], EventPatternError.Code)])
    func `types from outside are refused and do not stop the program`(
        types: [String], code: EventPatternError.Code
    ) throws {
        let error = try #require(throws: EventPatternError.self) { try EventPattern(types: types) }
        #expect(error.code == code)
        #expect(error.path == "type")
    }

    @Test func `no exact types are refused`() {
        #expect(throws: EventPatternError.self) { try EventPattern(exactly: [String]()) }
    }

    @Test func `a wrong literal is a mistake in the program`() async {
        await #expect(processExitsWith: .failure) {
            _ = EventPattern(types: "order.created.v1", "order.**")
        }
    }
}
