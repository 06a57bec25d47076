import TidingsTesting

/// Events made by chance, of the names and values of ``RandomPattern``: with arrays of objects and of arrays, names that
/// come twice, names with dots, escapes and white space.
struct RandomEvent {
    private static let names = ["a", "b", "c", "a.b", "b.a", "data", "detail", "detail-type", "type", "é", "x", ""]

    static func json(using random: inout SplitMix64) -> String {
        object(depth: 0, using: &random)
    }

    /// An event in which every field has at most one value: without arrays, and without names that come twice.
    static func jsonWithoutArrays(depth: Int = 0, using random: inout SplitMix64) -> String {
        let members = ["a", "b", "c", "data", "type", "é"].compactMap { name -> String? in
            switch Int.random(in: 0..<(depth < 2 ? 8 : 6), using: &random) {
            case 0: nil
            case 1: "\"\(name)\":\(["null", "true", "false"].randomElement(using: &random) ?? "")"
            case 2: "\"\(name)\":\(RandomPattern.numbers.randomElement(using: &random) ?? "")"
            case 3...5: "\"\(name)\":\(string(RandomPattern.texts.randomElement(using: &random) ?? "", using: &random))"
            default: "\"\(name)\":\(jsonWithoutArrays(depth: depth + 1, using: &random))"
            }
        }
        return "{\(members.joined(separator: ","))}"
    }

    private static func object(depth: Int, using random: inout SplitMix64) -> String {
        let count = Int.random(in: depth == 0 ? 1...5 : 0...4, using: &random)
        let members = (0..<count).map { _ in
            let name = names[Int.random(in: 0..<names.count, using: &random)]
            let space = Int.random(in: 0..<8, using: &random) == 0 ? " \n" : ""
            return "\(string(name, using: &random))\(space):\(space)\(value(depth: depth + 1, using: &random))"
        }
        return "{\(members.joined(separator: ","))}"
    }

    private static func value(depth: Int, using random: inout SplitMix64) -> String {
        switch Int.random(in: 0..<(depth < 4 ? 13 : 7), using: &random) {
        case 0: return ["null", "true", "false"][Int.random(in: 0..<3, using: &random)]
        case 1, 2: return RandomPattern.numbers[Int.random(in: 0..<RandomPattern.numbers.count, using: &random)]
        case 3...6:
            return string(
                RandomPattern.texts[Int.random(in: 0..<RandomPattern.texts.count, using: &random)], using: &random)
        case 7...9: return object(depth: depth, using: &random)
        default:
            let values = (0..<Int.random(in: 0...3, using: &random)).map { _ in value(depth: depth + 1, using: &random)
            }
            return "[\(values.joined(separator: ","))]"
        }
    }

    /// Now and then with escapes, of which each letter has several.
    private static func string(_ text: String, using random: inout SplitMix64) -> String {
        guard Int.random(in: 0..<4, using: &random) == 0 else { return "\"\(text)\"" }
        let units = text.utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)"
        }
        return "\"\(units.joined())\""
    }
}
