import Testing
import TidingsRouting
import TidingsTesting

struct NumberLiteralTests {
    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("0.000e5", 0), ("0e99999999999999999999", 0), ("300", 300), ("3.0e2", 300),
            ("-1.5", -1.5),
            ("0.1", 0.1), ("0.1000", 0.1), ("123456789012345", 123_456_789_012_345),
            ("9007199254740992", 9_007_199_254_740_992),
            ("9007199254740994", 9_007_199_254_740_994), ("0.30000000000000004", 0.30000000000000004),
            ("1e23", 1e23), ("1e308", 1e308),
            ("18446744073709551616", 18_446_744_073_709_551_616), ("5e-324", .leastNonzeroMagnitude),
            ("2.2250738585072014e-308", 0x1p-1022),
            ("0.0000000000000000000000000000000000000001", 1e-40),
        ] as [(String, Double)])
    func `a double holds these as they are written`(text: String, value: Double) {
        #expect(NumberLiteral(text).value == value)
        #expect(NumberLiteral(text).value?.sign == (value < 0 ? .minus : .plus))
    }

    @Test(arguments: [
        "9007199254740993", "12345678901234567890", "18446744073709551617", "1e400", "-1e400", "1e-400",
        "1e99999999999999999999", "1e-99999999999999999999", "0.10000000000000000001", "1.7976931348623159e309",
        "3e-324",
        "1.2345e-322", "0.30000000000000003", "1234567890123456800",
        "0.1000000000000000055511151231257827021181583404541015625", "99999999999999991611392",
    ])
    func `a double does not hold these`(text: String) {
        #expect(NumberLiteral(text).value == nil)
        #expect(NumberLiteral(text) == NumberLiteral(text))
        #expect(NumberLiteral(text) != NumberLiteral("\(text)0"))
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `every double is held by its shortest and by its exact digits`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let double = Double(bitPattern: random.next())
            guard double.isFinite else { continue }
            let literal = NumberLiteral(double.description)
            let isLargeInteger = abs(double) >= 0x1p53
            try #require(literal.value == double || isLargeInteger, "seed \(seed), \(double)")
            let pattern = try EventPattern { Field("a", .number(double)) }
            #expect(try pattern.explain(event: #"{"a":\#(pattern.description.dropFirst(6).dropLast(2))}"#).matches)
            #expect(try EventPattern(decoding: pattern.encoded()) == pattern, "seed \(seed), \(double)")
        }
    }
}
