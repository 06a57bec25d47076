import Testing
import TidingsRouting
import TidingsTesting

struct EventPatternExclusionTests {
    @Test(
        arguments: [
            (#"{"version":["1.0"]}"#, #"{"version":["2.0"]}"#),
            (#"{"type":["a","b"],"x":[1]}"#, #"{"type":["c",{"prefix":"d"}]}"#),
            (#"{"a":["1"]}"#, #"{"a":[1]}"#), (#"{"a":[null]}"#, #"{"a":[false,"",0]}"#),
            (#"{"a":[1]}"#, #"{"a":[{"numeric":[">",1]}]}"#),
            (#"{"a":[{"numeric":["<",1]}]}"#, #"{"a":[{"numeric":[">=",1]}]}"#),
            (#"{"a":[{"numeric":["<=",1]}]}"#, #"{"a":[{"numeric":[">",1,"<",5]}]}"#),
            (#"{"a":[{"prefix":"ab"}]}"#, #"{"a":[{"prefix":"b"}]}"#), (#"{"a":["ab"]}"#, #"{"a":[{"prefix":"b"}]}"#),
            (#"{"a":[{"suffix":"ab"}]}"#, #"{"a":[{"suffix":{"equals-ignore-case":"A"}}]}"#),
            (#"{"a":[{"equals-ignore-case":"a"}]}"#, #"{"a":[{"prefix":"ab"},"B"]}"#),
            (#"{"a":[{"wildcard":"1.*"}]}"#, #"{"a":[{"wildcard":"2.*"}]}"#),
            (#"{"a":[{"wildcard":"*.x"}]}"#, #"{"a":[{"suffix":".y"}]}"#),
            (#"{"a":["x"]}"#, #"{"a":[{"anything-but":["x","y"]}]}"#),
            (#"{"a":[{"prefix":"xy"}]}"#, #"{"a":[{"anything-but":{"prefix":"x"}}]}"#),
            (#"{"a":[{"wildcard":"*xy"}]}"#, #"{"a":[{"anything-but":{"suffix":"y"}}]}"#),
            (#"{"a":[{"equals-ignore-case":"X"}]}"#, #"{"a":[{"anything-but":{"equals-ignore-case":"x"}}]}"#),
            (#"{"a":[{"exists":false}]}"#, #"{"a":[{"exists":true}]}"#),
            (#"{"a":[{"exists":false}]}"#, #"{"a":[1,null]}"#),
            (#"{"a":[{"cidr":"10.0.0.0/8"}]}"#, #"{"a":[{"cidr":"11.0.0.0/8"},"12.0.0.1"]}"#),
            (#"{"a":[{"cidr":"10.0.0.0/8"}]}"#, #"{"a":[{"cidr":"::/0"}]}"#),
            (#"{"$or":[{"a":[1]},{"a":[2]}]}"#, #"{"a":[3]}"#),
            (#"{"$or":[{"a":[1]},{"b":[2]}]}"#, #"{"a":[3],"b":[4]}"#),
            (#"{"detail":{"v":[1]}}"#, #"{"data.v":[2]}"#),
        ])
    func `a value that both fields cannot have excludes`(left: String, right: String) throws {
        let (left, right) = (try EventPattern(json: left), try EventPattern(json: right))
        #expect(left.excludes(right))
        #expect(right.excludes(left))
    }

    @Test(
        arguments: [
            (#"{"a":[1]}"#, #"{"b":[2]}"#), (#"{"a":[1]}"#, #"{"a":[1,2]}"#), (#"{"a":[1]}"#, #"{"a":{"b":[1]}}"#),
            (#"{"a":[{"numeric":["<=",1]}]}"#, #"{"a":[{"numeric":[">=",1]}]}"#), (#"{"a":[1.0]}"#, #"{"a":[1]}"#),
            (#"{"a":[{"prefix":"a"}]}"#, #"{"a":[{"prefix":"ab"}]}"#),
            (#"{"a":[{"prefix":"a"}]}"#, #"{"a":[{"suffix":"b"}]}"#),
            (#"{"a":[{"prefix":{"equals-ignore-case":"AB"}}]}"#, #"{"a":[{"prefix":"a"}]}"#),
            (#"{"a":[{"equals-ignore-case":"AB"}]}"#, #"{"a":[{"suffix":"b"}]}"#),
            (#"{"a":["x"]}"#, #"{"a":[{"anything-but":"y"}]}"#),
            (#"{"a":[{"anything-but":"x"}]}"#, #"{"a":[{"anything-but":[1,2]}]}"#),
            (#"{"a":[{"prefix":"x"}]}"#, #"{"a":[{"anything-but":{"prefix":"xy"}}]}"#),
            (#"{"a":[{"exists":false}]}"#, #"{"a":[{"exists":false}]}"#),
            (#"{"a":[{"exists":false},1]}"#, #"{"a":[{"exists":false},2]}"#),
            (#"{"a":[{"cidr":"10.0.0.0/8"}]}"#, #"{"a":[{"cidr":"10.1.0.0/16"}]}"#),
            (#"{"a":[{"cidr":"10.0.0.0/8"}]}"#, #"{"a":[{"prefix":"10."}]}"#),
            (#"{"$or":[{"a":[1]},{"b":[2]}]}"#, #"{"a":[3]}"#), (#"{"type":["a"]}"#, #"{"type":["a"],"x":[1]}"#),
        ])
    func `values that may meet in one event exclude nothing`(left: String, right: String) throws {
        let (left, right) = (try EventPattern(json: left), try EventPattern(json: right))
        #expect(!left.excludes(right))
        #expect(!right.excludes(left))
    }

    /// Every value of the patterns' own, and some made of two of them, against pairs of one field.
    @Test(.timeLimit(.minutes(5)), arguments: 1...8 as ClosedRange<UInt64>)
    func `no value satisfies two values that exclude each other`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let values = RandomPattern.texts + RandomPattern.texts.flatMap { [$0 + "b", "A" + $0, $0 + $0] }
        let events =
            [#"{"b":1}"#] + values.map { #"{"a":"\#($0)"}"# } + RandomPattern.numbers.map { #"{"a":\#($0)}"# }
            + ["null", "true", "false"].map { #"{"a":\#($0)}"# }
        var provenCount = 0
        while provenCount < 150 {
            let leaves = (0..<2).map { _ in RandomPattern.leaf(using: &random) }
            let patterns = leaves.compactMap { try? EventPattern(json: #"{"a":[\#($0)]}"#) }
            guard patterns.count == 2, patterns[0].excludes(patterns[1]) else { continue }
            provenCount += 1
            try expectNoEvent(of: events, satisfies: patterns, "seed \(seed), \(leaves)")
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: 1...8 as ClosedRange<UInt64>)
    func `no event without arrays satisfies two patterns that exclude each other`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let events = (0..<300).map { _ in RandomEvent.jsonWithoutArrays(using: &random) }
        var provenCount = 0
        while provenCount < 100 {
            let texts = (0..<2).map { _ in RandomPattern.json(using: &random) }
            let patterns = texts.compactMap { try? EventPattern(json: $0) }
            guard patterns.count == 2, patterns[0].excludes(patterns[1]) else { continue }
            provenCount += 1
            #expect(patterns[1].excludes(patterns[0]))
            try expectNoEvent(of: events, satisfies: patterns, "seed \(seed), \(texts)")
        }
    }

    @Test func `an array may satisfy patterns that exclude each other`() throws {
        let patterns = [try EventPattern(json: #"{"a":[1]}"#), try EventPattern(json: #"{"a":[2]}"#)]
        #expect(patterns[0].excludes(patterns[1]))
        #expect(try patterns.allSatisfy { try $0.explain(event: #"{"a":[1,2]}"#).matches })
    }

    @Test(.timeLimit(.minutes(1)))
    func `patterns that would take too long to compare are not proven apart`() throws {
        let types = (0..<2_000).map { "order.v\($0)" }
        let others = (0..<2_000).map { "payment.v\($0)" }
        #expect(try !EventPattern(exactly: types).excludes(EventPattern(exactly: others)))
        #expect(try EventPattern(exactly: types[..<100]).excludes(EventPattern(exactly: others[..<100])))
    }

    private func expectNoEvent(
        of events: [String], satisfies patterns: [EventPattern], _ comment: String
    ) throws {
        var router = PatternRouter<Int>()
        for (id, pattern) in patterns.enumerated() { router.insert(pattern, for: id) }
        for event in events {
            try #require(try router.matches(event: event).count < 2, "\(comment), event \(event)")
        }
    }
}
