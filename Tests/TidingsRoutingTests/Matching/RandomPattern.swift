import TidingsTesting

/// Patterns made by chance, as JSON texts, of few names and short values so that they often hold. Fields below others are
/// often optional.
struct RandomPattern {
    private static let names = ["a", "b", "a.b", "c", "data", "detail", "detail-type", "type", "é"]
    static let texts = [
        "", "a", "b", "ab", "aB", "AB", "ba", "abab", "aab", "bab", "é", "É", "e\u{301}", "ß", "ſ", "s", "K", "k",
        "\u{212A}",
        "🚲", "10.0.0.1", "10.0.0.2", "::1", "fe80::1", "1", "null", "abcdefgh", "abcdefghij", "xabcdefgh",
    ]
    static let numbers = [
        "0", "-0", "1", "1.0", "10e-1", "300", "3.0e2", "3e2", "-1.5", "0.1", "1e-1", "9007199254740993",
        "9007199254740992", "1e400", "-1e400", "1e-400", "123456789012345678901234567890", "2.5", "100",
        "0.30000000000000004",
        "-122.41600944012424", "37.729900216217324", "9007199254740993.0", "9007199254740992.5", "10e399", "-1e-400",
        "0.10000000000000000555", "0.1000000000000000055511151231257827021181583404541015625", "1e23",
        "99999999999999991611392",
    ]
    private static let wildcards = [
        "a*", "*b", "*a*", "a*b", "*ab*b", "*", "é*", "*bab*", "a*a*b", "*b*a*", "ab", "*\\\\*",
    ]

    /// One pattern; now and then one that is refused.
    static func json(using random: inout SplitMix64) -> String {
        object(depth: 0, using: &random)
    }

    private static func object(depth: Int, using random: inout SplitMix64) -> String {
        let members = (0..<Int.random(in: 1...3, using: &random)).map { _ in member(depth, using: &random) }
        return "{\(members.joined(separator: ","))}"
    }

    private static func member(_ depth: Int, using random: inout SplitMix64) -> String {
        if depth < 2, Int.random(in: 0..<12, using: &random) == 0 {
            let choices = (0..<2).map { _ in object(depth: depth + 1, using: &random) }
            return "\"$or\":[\(choices.joined(separator: ","))]"
        }
        let name = names[Int.random(in: 0..<names.count, using: &random)]
        if depth < 2, Int.random(in: 0..<3, using: &random) == 0 {
            return "\"\(name)\":\(object(depth: depth + 1, using: &random))"
        }
        var leaves = (0..<Int.random(in: 1...2, using: &random)).map { _ in leaf(using: &random) }
        // Fields that may hold or be absent are the hardest to place in arrays.
        if depth > 0, Int.random(in: 0..<4, using: &random) == 0 { leaves.append("{\"exists\":false}") }
        return "\"\(name)\":[\(leaves.joined(separator: ","))]"
    }

    /// One value in the list of a field.
    static func leaf(using random: inout SplitMix64) -> String {
        switch Int.random(in: 0..<17, using: &random) {
        case 0: ["null", "true", "false"][Int.random(in: 0..<3, using: &random)]
        case 1...3: text(using: &random)
        case 4, 5: number(using: &random)
        case 6: "{\"prefix\":\(text(using: &random))}"
        case 7: "{\"suffix\":\(text(using: &random))}"
        case 8: "{\"prefix\":{\"equals-ignore-case\":\(text(using: &random))}}"
        case 9: "{\"suffix\":{\"equals-ignore-case\":\(text(using: &random))}}"
        case 10: "{\"equals-ignore-case\":\(text(using: &random))}"
        case 11: "{\"wildcard\":\(wildcard(using: &random))}"
        case 12: "{\"anything-but\":\(others(using: &random))}"
        case 13: "{\"numeric\":\(range(using: &random))}"
        case 14: "{\"exists\":true}"
        case 15: "{\"exists\":false}"
        default:
            "{\"cidr\":\"\(["10.0.0.0/24", "10.0.0.1/32", "0.0.0.0/0", "::/0", "fe80::/10"].randomElement(using: &random) ?? "")\"}"
        }
    }

    private static func others(using random: inout SplitMix64) -> String {
        switch Int.random(in: 0..<7, using: &random) {
        case 0: text(using: &random)
        case 1: "[\(text(using: &random)),\(text(using: &random))]"
        case 2: "[\(number(using: &random)),\(number(using: &random))]"
        case 3: "{\"prefix\":[\(text(using: &random)),\(text(using: &random))]}"
        case 4: "{\"suffix\":\(text(using: &random))}"
        case 5: "{\"equals-ignore-case\":[\(text(using: &random)),\(text(using: &random))]}"
        default: "{\"wildcard\":[\(wildcard(using: &random)),\(wildcard(using: &random))]}"
        }
    }

    private static func range(using random: inout SplitMix64) -> String {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: "[\"=\",\(number(using: &random))]"
        case 1: "[\"<\",\(number(using: &random))]"
        case 2: "[\">=\",\(number(using: &random))]"
        default: "[\">\",\(number(using: &random)),\"<=\",\(number(using: &random))]"
        }
    }

    private static func text(using random: inout SplitMix64) -> String {
        "\"\(texts[Int.random(in: 0..<texts.count, using: &random)])\""
    }

    private static func wildcard(using random: inout SplitMix64) -> String {
        "\"\(wildcards[Int.random(in: 0..<wildcards.count, using: &random)])\""
    }

    private static func number(using random: inout SplitMix64) -> String {
        numbers[Int.random(in: 0..<numbers.count, using: &random)]
    }
}
