import Testing
import TidingsRouting
import TidingsTesting

struct NumberMatchingTests {
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `hundreds of ranges of one field answer as each one alone`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var router = PatternRouter<Int>()
        var ranges: [ClosedRange<Int>] = []
        for id in 0..<400 {
            let low = Int.random(in: -200...200, using: &random)
            let high = low + 1 + Int.random(in: 0...50, using: &random)
            ranges.append(low...high)
            router.insert(try EventPattern(json: "{\"a\":[{\"numeric\":[\">=\",\(low),\"<=\",\(high)]}]}"), for: id)
        }
        for value in -210...260 {
            let found = try router.matches(event: "{\"a\":\(value)}")
            try #require(found == ranges.indices.filter { ranges[$0].contains(value) }, "seed \(seed), value \(value)")
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `decimal numbers are read as the nearest double`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<300 {
            let text = Self.number(using: &random)
            let value = try #require(Double(text))
            // The bounds are the doubles next to it, which as text have fewer digits.
            let pattern = "{\"a\":[{\"numeric\":[\">\",\(value.nextDown),\"<\",\(value.nextUp)]}]}"
            var router = PatternRouter<Int>()
            router.insert(try EventPattern(json: pattern), for: 1)
            try #require(router.matches(event: "{\"a\":\(text)}") == [1], "seed \(seed), number \(text)")
        }
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `among hundreds of ranges, those whose bounds share a double are told apart`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        // Around 2⁵³ and above it, two numbers of three are not doubles.
        let base = 9_007_199_254_740_990
        var router = PatternRouter<Int>()
        var ranges: [Range<Int>] = []
        for id in 0..<200 {
            let low = base + Int.random(in: 0...20, using: &random)
            let high = low + 1 + Int.random(in: 0...10, using: &random)
            ranges.append(low..<high)
            router.insert(try EventPattern(json: "{\"a\":[{\"numeric\":[\">=\",\(low),\"<\",\(high)]}]}"), for: id)
        }
        for value in base - 2...base + 35 {
            let expected = ranges.indices.filter { ranges[$0].contains(value) }
            for text in ["\(value)", "\(value).0", "\(value).5", "\(value)0e-1"] {
                try #require(try router.matches(event: "{\"a\":\(text)}") == expected, "seed \(seed), \(text)")
            }
        }
    }

    @Test func `a number of a million digits is compared with every bound that shares its double`() throws {
        var router = PatternRouter<Int>()
        for id in 0..<100 {
            router.insert(try EventPattern(json: #"{"a":[{"numeric":["<",1]}],"b":[\#(id)]}"#), for: id)
        }
        let digits = String(repeating: "9", count: 1_000_000)
        #expect(try router.matches(event: #"{"a":0.\#(digits),"b":7}"#) == [7])
        #expect(try router.matches(event: #"{"a":1.\#(digits),"b":7}"#) == [])
    }

    private static func number(using random: inout SplitMix64) -> String {
        let digits = (0..<Int.random(in: 1...22, using: &random)).map { _ in
            String(Int.random(in: 0...9, using: &random))
        }
        let sign = Bool.random(using: &random) ? "-" : ""
        let whole = "\(Int.random(in: 0...999, using: &random))"
        let exponent = Bool.random(using: &random) ? "" : "e\(Int.random(in: -30...30, using: &random))"
        return "\(sign)\(whole).\(digits.joined())\(exponent)"
    }
}
