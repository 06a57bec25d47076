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
