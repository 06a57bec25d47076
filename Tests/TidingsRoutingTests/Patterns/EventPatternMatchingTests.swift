import Testing
import TidingsRouting

struct EventPatternMatchingTests {
    @Test(
        arguments: [
            (
                #"{"type":["order.created.v1"]}"#, ["order.created.v1"],
                ["order.created.v", "order.created.v10", "", "Order.created.v1"]
            ),
            (#"{"type":["a","b"]}"#, ["a", "b"], ["c", "ab"]),
            (#"{"type":[""]}"#, [""], ["a"]),
            (#"{"type":[{"prefix":"order."}]}"#, ["order.", "order.a"], ["order", "orders.a", "an.order."]),
            (#"{"type":[{"prefix":"a*"}]}"#, ["a*", "a*b"], ["a", "ab"]),
            (#"{"type":[{"wildcard":"order.*"}]}"#, ["order.", "order.a.b"], ["order", "orders.a"]),
            (#"{"type":[{"wildcard":"*"}]}"#, ["", "a", "*"], []),
            (#"{"type":[{"wildcard":"order"}]}"#, ["order"], ["orders", ""]),
            (#"{"type":[{"wildcard":"a\\*"}]}"#, ["a*"], ["a", "ab", "a*b"]),
            (#"{"type":[{"wildcard":"a\\**"}]}"#, ["a*", "a*b"], ["a", "ab"]),
            (#"{"type":[{"wildcard":"a\\\\*"}]}"#, [#"a\"#, #"a\b"#], ["a", "a*"]),
            (#"{"type":["order.*"]}"#, ["order.*"], ["order.a"]),
            ("{\"type\":[\"\u{e9}\"]}", ["\u{e9}"], ["e\u{301}", "e"]),
            ("{\"type\":[{\"prefix\":\"e\"}]}", ["e\u{301}", "e"], ["\u{e9}"]),
            (#"{"type":[{"wildcard":"🚲*"}]}"#, ["🚲", "🚲🚲"], ["🚳", ""]),
        ] as [(String, [String], [String])])
    func `a pattern matches these types and not those`(json: String, these: [String], those: [String]) throws {
        let pattern = try EventPattern(json: json)
        var router = PatternRouter<Int>()
        router.insert(pattern, for: 7)
        for type in these {
            #expect(pattern.matches(type: type), "\(type)")
            #expect(router.matches(type: type) == [7], "\(type)")
        }
        for type in those {
            #expect(!pattern.matches(type: type), "\(type)")
            #expect(router.matches(type: type) == [], "\(type)")
        }
    }
}
