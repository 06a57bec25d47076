import Testing
import TidingsRouting

struct EventPatternLimitTests {
    @Test func `text is accepted up to the limit of characters, whatever their bytes`() throws {
        let frame = #"{"a":["🚲"]}"#.unicodeScalars.count - 1
        let fitting = String(repeating: "🚲", count: EventPattern.characterLimit - frame)
        #expect(try EventPattern(json: #"{"a":["\#(fitting)"]}"#).description.unicodeScalars.count == 4_096)
        let error = try #require(throws: EventPatternError.self) {
            try EventPattern(json: #"{"a":["\#(fitting)🚲🚲🚲🚲"]}"#)
        }
        #expect(error.code == .tooComplex)
        #expect(error.message.contains("4100"))
        #expect(error.path == "a")
        #expect(error.position?.column == 4_097)
        let lines = try #require(throws: EventPatternError.self) {
            try EventPattern(json: "{\"a\":[\n1" + String(repeating: " ", count: 5_000) + "]}")
        }
        #expect(lines.position?.description == "line 2, column 4090")
    }

    @Test func `a pattern written in Swift is as long as the program lets it be, and decodes again`() throws {
        let pattern = try EventPattern(exactly: (0..<2_000).map { "order.created.v\($0)" })
        #expect(try EventPattern(decoding: pattern.encoded()) == pattern)
    }

    @Test func `1,000 combinations are accepted and no more`() throws {
        #expect(try EventPattern(json: choices([10, 10, 10])).matches(type: "x") == false)
        try expectTooComplex(
            choices([10, 10, 10, 2]), at: "$or", column: choices([10, 10, 10]).count + 1, saying: "1000 combinations")
        try expectTooComplex(
            #"{"detail":\#(choices([10, 101]))}"#, at: "detail.$or", column: choices([10]).count + 11, saying: "1000")
        try expectTooComplex(choices([7, 11, 13]), saying: "1000 combinations")
        // What would be 3 to the power of 40 is given up before it is made.
        try expectTooComplex(choices(Array(repeating: 3, count: 40)), saying: "1000 combinations")
    }

    @Test func `256 paths are accepted and no more, all choices taken together`() throws {
        let fields = (0..<256).map { #""\#($0)":[1]"# }
        let fitting = "{" + fields.joined(separator: ",") + "}"
        #expect(throws: Never.self) { try EventPattern(json: fitting) }
        try expectTooComplex(
            "{" + fields.joined(separator: ",") + #","x":[1]}"#, at: "x", column: fitting.count + 1,
            saying: "256 fields")
        let choice = fields.dropFirst().map { "{\($0)}" }.joined(separator: ",")
        #expect(throws: Never.self) { try EventPattern(json: #"{"$or":[\#(choice)],"x":[1]}"#) }
        try expectTooComplex(#"{"$or":[\#(choice)],"x":[1],"y":[1]}"#, saying: "256 fields")
    }

    @Test func `a pattern that repeats a path counts it once`() throws {
        let fields = Array(repeating: #""a":[1]"#, count: 300).joined(separator: ",")
        #expect(try EventPattern(json: "{\(fields)}") == EventPattern(json: #"{"a":[1]}"#))
    }

    @Test(arguments: ["wildcard", "anything-but"])
    func `256 stars with text after them are accepted in one field and no more`(name: String) throws {
        func json(_ wildcards: [String]) -> String {
            let leaves = wildcards.map { wildcard in
                name == "wildcard" ? #"{"wildcard":"\#(wildcard)"}"# : #"{"anything-but":{"wildcard":"\#(wildcard)"}}"#
            }
            return #"{"a":[\#(leaves.joined(separator: ","))],"b":[{"wildcard":"*a*a"}]}"#
        }
        let one = String(repeating: "*a", count: 256)
        #expect(throws: Never.self) { try EventPattern(json: json([one])) }
        #expect(throws: Never.self) { try EventPattern(json: json([one + "*", "a*"])) }
        try expectTooComplex(json([one + "*b"]), at: "a", column: 2, saying: "257 stars")
        try expectTooComplex(json([one, "a*b"]), saying: "257 stars")
    }

    @Test(arguments: [("[", "]"), (#"{"a":"#, "}")])
    func `nesting beyond the limit is refused and does not exhaust the stack`(open: String, close: String) throws {
        let deep = String(repeating: open, count: 600) + "1" + String(repeating: close, count: 600)
        try expectTooComplex(deep, saying: "nested more than 256")
    }

    @Test func `nesting up to the limit is accepted`() throws {
        let deep = String(repeating: #"{"a":"#, count: 255) + "[1]" + String(repeating: "}", count: 255)
        #expect(try EventPattern(json: deep).description == deep)
    }

    private func choices(_ counts: [Int]) -> String {
        let members = counts.enumerated().map { index, count in
            let objects = (0..<count).map { #"{"\#(index)":[\#($0)]}"# }
            return #""$or":[\#(objects.joined(separator: ","))]"#
        }
        return "{\(members.joined(separator: ","))}"
    }

    private func expectTooComplex(
        _ json: String, at path: String? = nil, column: Int? = nil, saying words: String
    ) throws {
        let error = try #require(throws: EventPatternError.self) { try EventPattern(json: json) }
        #expect(error.code == .tooComplex)
        #expect(error.message.contains(words), "\(error.message)")
        #expect(error.position?.line == 1)
        if let path { #expect(error.path == path) }
        if let column { #expect(error.position?.column == column) }
    }
}
