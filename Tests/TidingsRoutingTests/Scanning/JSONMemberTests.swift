import Testing
import TidingsRouting

struct JSONMemberTests {
    @Test(arguments: [false, true])
    func `members come with their names, kinds and bytes`(validated: Bool) throws {
        let text = Array(
            #" {"type" : "a\u0062c" , "n\u0061me":-1.5e3,"data":{"x":[1,"}"]},"a":[],"t":true,"n":null,"t":"\\"} "#.utf8
        )
        var members: [JSONMember] = []
        try text.withUnsafeBytes { bytes in
            try JSON.forEachMember(of: bytes.bytes, validated: validated) { members.append($0) }
        }
        #expect(members.map(\.name) == ["type", "name", "data", "a", "t", "n", "t"])
        #expect(members.map(\.kind) == [.string, .number, .object, .array, .boolean, .null, .string])
        #expect(members.map { String(decoding: text[$0.value], as: UTF8.self) }[2] == #"{"x":[1,"}"]}"#)
        #expect(text.withUnsafeBytes { members[0].string(in: $0.bytes) } == "abc")
        #expect(text.withUnsafeBytes { members[6].string(in: $0.bytes) } == "\\")
        #expect(text.withUnsafeBytes { members[1].string(in: $0.bytes) } == nil)
    }

    @Test func `a byte order mark is refused by its name, wherever a text is read`() throws {
        let text: [UInt8] = [0xEF, 0xBB, 0xBF] + Array("{}".utf8)
        let errors = [
            #expect(throws: JSONError.self) { try JSON.validate(text) },
            #expect(throws: JSONError.self) {
                try text.withUnsafeBytes { try JSON.forEachMember(of: $0.bytes) { _ in } }
            },
            #expect(throws: JSONError.self) { try PatternRouter<Int>().matches(text.span.bytes) },
            #expect(throws: JSONError.self) { try EventPattern.all.explain(event: text) },
        ]
        for error in errors {
            #expect(error?.code == .byteOrderMark)
            #expect(error?.offset == 0)
            #expect(error?.message.contains("byte order mark") == true)
        }
        let refusal = #expect(throws: EventPatternError.self) { try EventPattern(json: text) }
        #expect(refusal?.message.contains("byte order mark") == true)
    }

    @Test func `what is not an object has no members`() {
        #expect(throws: JSONError.self) {
            try Array("[1]".utf8).withUnsafeBytes { try JSON.forEachMember(of: $0.bytes) { _ in } }
        }
    }
}
