import Testing
import TidingsRouting
import TidingsTesting

struct EventPatternComposingTests {
    @Test func `a handler's types, sources and data become one pattern`() throws {
        let pattern = try EventPattern(
            exactly: ["order.created.v1", "order.*"], from: [.exactly("/shop"), .prefix("/orders/")],
            data: ["total": [.numeric(.greaterThan, 0)], "customer.country": ["PT", nil]])
        #expect(
            pattern.description
                == #"{"type":["order.created.v1","order.*"],"source":["/shop",{"prefix":"/orders/"}],"#
                + #""data":{"total":[{"numeric":[">",0]}],"customer.country":["PT",null]}}"#)
        #expect(try EventPattern(json: pattern.description) == pattern)
    }

    @Test func `types alone are the pattern they were`() throws {
        #expect(try EventPattern(exactly: ["a", "b"], from: []) == EventPattern(exactly: ["a", "b"]))
    }

    @Test(
        arguments: [
            (#"{"type":"a","source":"/orders/1","data":{"total":1,"detail":"x"}}"#, true),
            (#"{"type":"a","source":"/orders/1","data":{"total":0,"detail":"x"}}"#, false),
            (#"{"type":"a","source":"/orders","data":{"total":1,"detail":"x"}}"#, false),
            (#"{"type":"b","source":"/orders/1","data":{"total":1,"detail":"x"}}"#, false),
            (#"{"type":"a","source":"/orders/1","total":1,"data":{"detail":"x"}}"#, false),
            (#"{"type":"a","source":"/orders/1","data":{"total":1,"data":"x"}}"#, false),
        ])
    func `names of the data are those of the data, also those that an event has itself`(
        event: String, matches: Bool
    ) throws {
        let data: DataPattern = ["total": [.numeric(.greaterThanOrEqualTo, 1)], "detail": ["x"]]
        let pattern = try EventPattern(exactly: ["a"], from: [.prefix("/orders/")], data: data)
        #expect(try pattern.explain(event: event).matches == matches)
    }

    @Test func `the three ways to write a pattern of data are one`() throws {
        let literal: DataPattern = ["total": [.numeric(.lessThan, 5)]]
        let built = DataPattern { Field("total", .numeric(below: 5)) }
        let read = try DataPattern(json: #"{"total":[{"numeric":["<",5]}]}"#)
        let patterns = try [literal, built, read].map { try EventPattern(exactly: ["a"], from: [], data: $0) }
        #expect(Set(patterns).count == 1)
        let choice = try DataPattern(json: #"{"$or":[{"a":[1]},{"b":[2]}]}"#)
        #expect(
            try EventPattern(exactly: ["a"], from: [], data: choice)
                == EventPattern(json: #"{"type":["a"],"data":{"$or":[{"a":[1]},{"b":[2]}]}}"#))
    }

    @Test(
        arguments: [
            (.lessThan, "<"), (.lessThanOrEqualTo, "<="), (.equalTo, "="), (.greaterThanOrEqualTo, ">="),
            (.greaterThan, ">"),
        ] as [(PatternValue.Comparison, String)])
    func `a comparison has the sign of the JSON form`(comparison: PatternValue.Comparison, sign: String) throws {
        let pattern = try EventPattern { Field("a", .numeric(comparison, 5)) }
        #expect(try pattern == EventPattern(json: #"{"a":[{"numeric":["\#(sign)",5]}]}"#))
    }

    @Test func `wrong data is refused with its path`() throws {
        let wrong: [(DataPattern, String)] = [
            ([:], "data"), (["total": []], "data.total"), (["a": [.cidr("x")]], "data.a"),
        ]
        for (data, path) in wrong {
            let error = try #require(throws: EventPatternError.self) {
                try EventPattern(exactly: ["a"], from: [], data: data)
            }
            #expect(error.path == path)
        }
        #expect(throws: EventPatternError.self) { try EventPattern(exactly: [String](), from: [.exactly("a")]) }
        let error = try #require(throws: EventPatternError.self) { try DataPattern(json: #"{"a":[{"cidr":"x"}]}"#) }
        #expect(error.position?.column == 15)
        #expect(throws: EventPatternError.self) { try DataPattern(json: #"[1]"#) }
    }

    @Test(.timeLimit(.minutes(5)), arguments: 1...16 as ClosedRange<UInt64>)
    func `any of several patterns is wanted exactly where one of them holds`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<20 {
            var patterns: [EventPattern] = []
            while patterns.count < 4 {
                guard let pattern = try? EventPattern(json: RandomPattern.json(using: &random)) else { continue }
                // Patterns that differ only in the type are where choices become one.
                let type = try EventPattern(json: #"{"type":["\#("ab".randomElement(using: &random) ?? "a")"]}"#)
                patterns += Bool.random(using: &random) ? [pattern] : [pattern, type]
            }
            let any = try EventPattern(anyOf: patterns)
            try #require(try EventPattern(decoding: any.encoded()) == any)
            try #require(try EventPattern(description: any.description) == any)
            var router = PatternRouter<Int>()
            for (id, pattern) in patterns.enumerated() { router.insert(pattern, for: id) }
            var union = PatternRouter<Int>()
            union.insert(any, for: 0)
            for _ in 0..<40 {
                let event = RandomEvent.json(using: &random)
                let isWanted = try !router.matches(event: event).isEmpty
                try #require(
                    try union.matches(event: event).isEmpty != isWanted, "seed \(seed), event \(event), \(patterns)")
            }
        }
    }

    @Test func `handlers of types alone give a pattern of types alone`() throws {
        let pattern = try EventPattern(anyOf: ["a", "b", "a", "c.*"])
        #expect(pattern.description == #"{"type":["a","b",{"wildcard":"c.*"}]}"#)
        #expect(pattern.dependence == .type)
    }

    @Test func `handlers that have their sources or their data in common differ in types alone`() throws {
        let pattern = try EventPattern(
            anyOf: [
                EventPattern(exactly: ["a"], from: [.exactly("/x")]),
                EventPattern(exactly: ["b"], from: [.exactly("/x")]),
                EventPattern(exactly: ["c"], from: [.exactly("/y")]), EventPattern(exactly: ["d"], from: []),
            ])
        #expect(
            pattern.description
                == #"{"$or":[{"source":["/x"],"type":["a","b"]},{"source":["/y"],"type":["c"]},{"type":["d"]}]}"#)
        #expect(pattern.dependence == .typeAndSource)
    }

    @Test func `a hundred handlers with data of their own are one pattern, which is kept and read again`() throws {
        let patterns = try (0..<100).map { number in
            try EventPattern(
                exactly: ["order.kind\(number).v1"], from: [.prefix("/system\(number % 7)/")],
                data: ["field\(number)": [.numeric(.greaterThan, Double(number))], "total": [.exists]])
        }
        let any = try EventPattern(anyOf: patterns)
        #expect(any.alternatives.count == 100)
        #expect(any.dependence == .content)
        #expect(try EventPattern(description: any.description) == any)
        let event = #"{"type":"order.kind42.v1","source":"/system0/a","data":{"field42":43,"total":null}}"#
        #expect(try any.explain(event: event).matches)
        #expect(try !any.explain(event: event.replacing("43", with: "42")).matches)
    }

    @Test func `no patterns, or more than a pattern may cost, are refused`() throws {
        let none = try #require(throws: EventPatternError.self) { try EventPattern(anyOf: []) }
        #expect(none.code == .malformed)
        let patterns = try (0..<1_001).map { try EventPattern(json: #"{"a":[\#($0)]}"#) }
        let tooMany = try #require(throws: EventPatternError.self) { try EventPattern(anyOf: patterns) }
        #expect(tooMany.code == .tooComplex)
    }
}
