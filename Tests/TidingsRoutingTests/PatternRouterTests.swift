import Testing
import TidingsRouting

struct PatternRouterTests {
    @Test func `an empty router finds nothing`() {
        let router = PatternRouter<String>()
        #expect(router.isEmpty)
        #expect(router.matches(type: "order.created.v1") == [])
    }

    @Test func `ids come in the order of insertion, however they were found`() {
        var router = PatternRouter<String>()
        router.insert("order.*", for: "prefix")
        router.insert("order.created.v1", for: "exact")
        router.insert(.all, for: "all")
        router.insert("order.created.*", for: "longer prefix")
        router.insert("order.created.v1", for: "exact too")
        #expect(
            router.matches(type: "order.created.v1") == ["prefix", "exact", "all", "longer prefix", "exact too"])
        #expect(router.matches(type: "order.paid.v1") == ["prefix", "all"])
        #expect(router.matches(type: "stock.low.v1") == ["all"])
    }

    @Test func `an id is found once, though several of its values hold`() {
        var router = PatternRouter<String>()
        router.insert(EventPattern(types: "order.*", "*", "order.a", "order.a"), for: "one")
        #expect(router.matches(type: "order.a") == ["one"])
    }

    @Test func `an id has all the patterns inserted for it and keeps its first place`() {
        var router = PatternRouter<String>()
        router.insert("a", for: "first")
        router.insert("b", for: "second")
        router.insert("b", for: "first")
        router.insert("b", for: "first")
        #expect(router.count == 2)
        #expect(router.matches(type: "a") == ["first"])
        #expect(router.matches(type: "b") == ["first", "second"])
    }

    @Test func `a removed id is not found and comes last when it comes again`() {
        var router = PatternRouter<String>()
        router.insert(EventPattern(types: "a", "a*"), for: "first")
        router.insert(EventPattern(types: "a", "a*"), for: "second")
        router.remove("first")
        router.remove("first")
        router.remove("never there")
        #expect(router.matches(type: "a") == ["second"])
        router.insert("a*", for: "first")
        #expect(router.matches(type: "a") == ["second", "first"])
        router.remove("first")
        router.remove("second")
        #expect(router.isEmpty)
        #expect(router.matches(type: "a") == [])
    }

    @Test func `a copy stays as it was`() {
        var router = PatternRouter<Int>()
        router.insert("a", for: 1)
        let copy = router
        router.remove(1)
        router.insert("a", for: 2)
        #expect(copy.matches(type: "a") == [1])
        #expect(router.matches(type: "a") == [2])
    }

    @Test func `a type whose character is longer than a prefix is compared by bytes all the same`() {
        var router = PatternRouter<Int>()
        // Two bytes of the prefix against two of the three bytes that this character has.
        router.insert("\u{e9}*", for: 1)
        #expect(router.matches(type: "\u{20ac}") == [])
        #expect(router.matches(type: "\u{e9}\u{20ac}") == [1])
    }

    @Test(arguments: [
        (#"{"type":"a" and nothing else"#, ["a"]), (#"{"data":[{"n":0},{"n":1}, never read"#, ["n"]),
        (#"{"data":{"n":1,"t":"x", never read"#, ["n", "t"]),
    ])
    func `an event that was validated is read as far as it takes to know the answer`(
        _ event: String, _ ids: [String]
    ) throws {
        let patterns: [String: EventPattern] = [
            "a": "a", "n": try EventPattern(json: #"{"data":{"n":[1]}}"#),
            "t": try EventPattern(json: #"{"data":{"t":[{"anything-but":"y"}]}}"#),
        ]
        var router = PatternRouter<String>()
        for id in ids { router.insert(try #require(patterns[id]), for: id) }
        #expect(try router.matches(event: event, validated: true) == ids)
        #expect(throws: JSONError.self) { try router.matches(event: event) }
        // One test more that does not hold, and all of it is read.
        router.insert("never", for: "never")
        #expect(throws: JSONError.self) { try router.matches(event: event, validated: true) }
    }

    @Test func `a name that comes again counts, though another value of it was seen before`() throws {
        var router = PatternRouter<Int>()
        router.insert("a", for: 1)
        router.insert("b", for: 2)
        #expect(try router.matches(event: #"{"type":"a","data":[],"type":"b"}"#, validated: true) == [1, 2])
    }
}
