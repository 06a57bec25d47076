import Testing
import Tidings
import TidingsRouting
import TidingsTesting

struct EventRoutesTests {
    /// Canonically equivalent texts are different types and sources.
    private static let types = ["order.created.v1", "order.paid.v1", "caf\u{e9}", "cafe\u{301}"]
    private static let sources = ["/orders/1", "/orders/2", "/payments", "/caf\u{e9}", "/cafe\u{301}"]
    private static let patterns = [
        #"{"type":["order.created.v1"]}"#, #"{"type":[{"prefix":"order."}]}"#, #"{"type":["caf\u00e9"]}"#,
        #"{"source":[{"prefix":"/orders/"}],"type":["order.created.v1"]}"#, #"{"source":["/orders/1"]}"#,
        #"{"source":[{"anything-but":"/payments"}]}"#, #"{"source":["/caf\u00e9"]}"#, #"{"source":[{"exists":false}]}"#,
        #"{"$or":[{"source":["/payments"]},{"type":["order.paid.v1"]}]}"#,
        #"{"type":["order.created.v1"],"data":{"total":[1]}}"#, #"{"subject":[{"exists":false}]}"#,
    ]

    private static func event(_ type: String, _ source: String, total: Int) -> Envelope {
        Envelope(
            id: "1", source: source, type: EventType(rawValue: type), time: Timestamp(seconds: 0),
            data: EventBytes(#"{"total":\#(total)}"#))
    }

    /// The last two patterns ask for more than types and sources; without them, every answer is remembered.
    @Test(arguments: 1...40 as ClosedRange<UInt64>, [3, 9, 11])
    func `what is remembered is what a match without memory finds`(seed: UInt64, patternCount: Int) throws {
        var random = SplitMix64(seed: seed)
        var routes = EventRoutes<Int>()
        for step in 0..<400 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                let pattern = Self.patterns[Int.random(in: 0..<patternCount, using: &random)]
                routes.set(try EventPattern(json: pattern), for: Int.random(in: 0..<6, using: &random))
            case 1: routes.remove(Int.random(in: 0..<6, using: &random))
            default:
                let event = Self.event(
                    Self.types.randomElement(using: &random) ?? "", Self.sources.randomElement(using: &random) ?? "",
                    total: Int.random(in: 0...1, using: &random))
                let expected = routes.search(event)
                try #require(routes.matches(event) == expected, "seed \(seed), step \(step), \(event)")
            }
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>, [3, 9, 11])
    func `events that answer alike have the same groups`(seed: UInt64, patternCount: Int) throws {
        var random = SplitMix64(seed: seed)
        var routes = EventRoutes<Int>()
        for id in 0..<3 {
            let pattern = Self.patterns[Int.random(in: 0..<patternCount, using: &random)]
            routes.set(try EventPattern(json: pattern), for: id)
        }
        let events = Self.types.flatMap { type in
            Self.sources.flatMap { source in (0...1).map { Self.event(type, source, total: $0) } }
        }
        for first in events {
            for second in events where routes.answersAlike(first, second) {
                try #require(routes.search(first) == routes.search(second), "seed \(seed), \(first), \(second)")
            }
            try #require(routes.answersAlike(first, first) == !routes.readsContent)
        }
    }

    @Test(
        arguments: [
            (#"{"type":["a"]}"#, false, true), (#"{"type":["a"],"source":[{"prefix":"/b"}]}"#, false, false),
            (#"{"source":["/b"]}"#, false, false), (#"{"type":["a"],"data":{"c":[1]}}"#, true, false),
            (#"{"subject":["s"]}"#, true, false), (#"{"$or":[{"type":["a"]},{"source":{"x":[1]}}]}"#, true, false),
        ])
    func `content is read if a pattern asks for more than type and source`(
        pattern: String, readsContent: Bool, answersBySourceAlike: Bool
    ) throws {
        var routes = EventRoutes<Int>()
        routes.set("a", for: 1)
        #expect(!routes.readsContent)
        routes.set(try EventPattern(json: pattern), for: 2)
        #expect(routes.readsContent == readsContent)
        let events = (Self.event("a", "/b", total: 0), Self.event("a", "/c", total: 0))
        #expect(routes.answersAlike(events.0, events.1) == answersBySourceAlike)
        routes.set("a", for: 2)
        #expect(!routes.readsContent && routes.answersAlike(events.0, events.1))
        routes.set(try EventPattern(json: pattern), for: 2)
        routes.remove(2)
        #expect(!routes.readsContent && routes.answersAlike(events.0, events.1))
    }

    @Test func `types and sources without end do not change an answer`() throws {
        var routes = EventRoutes<Int>()
        routes.set(try EventPattern(json: #"{"source":[{"prefix":"/orders/"}],"type":["a"]}"#), for: 1)
        for number in 0...EventRoutes<Int>.memoryLimit + 10 {
            try #require(routes.matches(Self.event("a", "/orders/\(number)", total: 0)) == [1])
            try #require(routes.matches(Self.event("a", "/others/\(number)", total: 0)) == [])
        }
        #expect(routes.rememberedCount <= EventRoutes<Int>.memoryLimit)
    }
}
