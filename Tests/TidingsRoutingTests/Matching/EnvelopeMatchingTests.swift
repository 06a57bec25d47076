import Testing
import TidingsRouting

/// Events whose attributes stand apart from their data.
struct EnvelopeMatchingTests {
    private func matches(
        _ pattern: String, _ attributes: [(name: String, value: AttributeValue)], data: String
    ) throws -> Bool {
        var router = PatternRouter<Int>()
        router.insert(try EventPattern(json: pattern), for: 1)
        return try !Array(data.utf8).withUnsafeBytes { try router.matches(attributes: attributes, data: $0.bytes) }
            .isEmpty
    }

    @Test(arguments: [
        (#"{"type":["order.created.v1"],"data":{"total":[{"numeric":[">",100]}]}}"#, #"{"total":120}"#, true),
        (#"{"detail-type":["order.created.v1"],"detail":{"total":[120.0]}}"#, #" {"total":120} "#, true),
        (#"{"source":["/orders"],"data":{"total":[{"exists":false}]}}"#, #"{}"#, true),
        (#"{"source":["/orders"],"data":{"total":[{"exists":false}]}}"#, "", true),
        (#"{"source":["/orders"],"data":{"total":[{"exists":true}]}}"#, "", false),
        (#"{"data":[12]}"#, "12", true), (#"{"data":[12]}"#, "[11,12]", true), (#"{"data":["x"]}"#, #""\u0078""#, true),
        (#"{"subject":[{"exists":false}]}"#, "{}", true), (#"{"subject":["a"]}"#, "{}", false),
    ])
    func `attributes and data are matched as one event`(pattern: String, data: String, expected: Bool) throws {
        let attributes: [(name: String, value: AttributeValue)] = [
            (name: "type", value: "order.created.v1"), (name: "source", value: "/orders"),
        ]
        #expect(try matches(pattern, attributes, data: data) == expected)
    }

    @Test(
        arguments: [
            (#"{"priority":[{"numeric":[">",5]}]}"#, true), (#"{"priority":[7.0]}"#, true),
            (#"{"priority":["7"]}"#, false),
            (#"{"sampled":[true]}"#, true), (#"{"sampled":["true"]}"#, false), (#"{"sampled":[false]}"#, false),
            (#"{"note":[""]}"#, true), (#"{"note":[{"exists":false}]}"#, false),
            (#"{"list":["b"]}"#, true), (#"{"list":[{"anything-but":"a"}]}"#, true), (#"{"list":["c"]}"#, false),
        ] as [(String, Bool)])
    func `attributes have the types of JSON`(pattern: String, expected: Bool) throws {
        let attributes: [(name: String, value: AttributeValue)] = [
            (name: "priority", value: .number("7")), (name: "sampled", value: .boolean(true)),
            (name: "note", value: ""), (name: "list", value: "a"), (name: "list", value: "b"),
        ]
        #expect(try matches(pattern, attributes, data: "null") == expected)
    }

    @Test func `data that nobody asks for is not looked at`() throws {
        #expect(try matches(#"{"type":["a"]}"#, [("type", "a")], data: "this is not JSON"))
        #expect(throws: JSONError.self) {
            try matches(#"{"data":{"x":[1]}}"#, [("type", "a")], data: "this is not JSON")
        }
    }

    @Test(arguments: [("type", "detail-type", "data", "detail"), ("detail-type", "type", "detail", "data")])
    func `the names of EventBridge are the same fields`(
        type: String, otherType: String, data: String, otherData: String
    ) throws {
        var router = PatternRouter<Int>()
        router.insert(try EventPattern(json: #"{"\#(type)":["a"],"\#(data)":{"x":[1]}}"#), for: 1)
        for (type, data) in [(type, data), (otherType, otherData), (type, otherData)] {
            #expect(try router.matches(event: #"{"\#(type)":"a","\#(data)":{"x":1}}"#) == [1])
            #expect(try router.matches(event: #"{"\#(type)":"a","\#(data).x":1}"#) == [1])
        }
        #expect(try router.matches(event: #"{"type":"a","x":{"\#(data)":{"x":1}}}"#) == [])
    }
}
