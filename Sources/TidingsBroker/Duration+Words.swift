import Tidings

extension Duration {
    /// As a person says it, to the microsecond: `4 days`, `7 minutes 11 seconds`, `250 ms`.
    var inWords: String {
        let units: [(name: String, microseconds: Int64)] = [
            ("day", 86_400_000_000), ("hour", 3_600_000_000), ("minute", 60_000_000), ("second", 1_000_000),
        ]
        var rest = microseconds.magnitude
        var parts: [String] = []
        for unit in units {
            let (count, remainder) = rest.quotientAndRemainder(dividingBy: unit.microseconds.magnitude)
            if count > 0 { parts.append("\(count) \(unit.name)\(count == 1 ? "" : "s")") }
            rest = remainder
        }
        if rest >= 1000 { parts.append("\(rest / 1000) ms") }
        if rest % 1000 > 0 { parts.append("\(rest % 1000) µs") }
        return parts.isEmpty ? "0 seconds" : (self < .zero ? "-" : "") + parts.joined(separator: " ")
    }
}
