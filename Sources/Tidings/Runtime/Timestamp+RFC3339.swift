extension Timestamp: CustomStringConvertible, LosslessStringConvertible, Codable {
    /// RFC 3339 text in UTC with milliseconds, or with microseconds if the moment has them: `2026-01-31T08:00:00.250Z`.
    public var description: String {
        let days = microseconds.flooredQuotient(86_400_000_000)
        let inDay = microseconds - days * 86_400_000_000
        let date = CivilDate(daysSinceEpoch: days)
        let seconds = inDay / 1_000_000
        let fraction = inDay % 1_000_000
        let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { $0.padded(to: 2) }.joined(separator: ":")
        let decimals = fraction % 1000 == 0 ? (fraction / 1000).padded(to: 3) : fraction.padded(to: 6)
        return "\(date.year.padded(to: 4))-\(date.month.padded(to: 2))-\(date.day.padded(to: 2))T\(clock).\(decimals)Z"
    }

    /// Reads RFC 3339 text with any offset; digits past the microsecond are dropped. `nil` when the text is not a moment.
    public init?(_ description: String) {
        var scanner = DigitScanner(description.utf8)
        guard let year = scanner.number(of: 4), scanner.take("-"), let month = scanner.number(of: 2), scanner.take("-"),
            let day = scanner.number(of: 2), scanner.take("T") || scanner.take("t") || scanner.take(" "),
            let hour = scanner.number(of: 2), scanner.take(":"), let minute = scanner.number(of: 2), scanner.take(":"),
            let second = scanner.number(of: 2), year >= 1, (1...12).contains(month),
            (1...CivilDate.days(in: month, of: year)).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        guard let fraction = scanner.fraction(), let offset = scanner.offset(), scanner.isAtEnd else { return nil }
        let days = CivilDate(year: year, month: month, day: day).daysSinceEpoch
        let seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset
        guard Self.writable.contains(seconds) else { return nil }
        self.init(microseconds: seconds * 1_000_000 + fraction)
    }

    /// The years 0001 to 9999 in seconds since 1970; an offset or a leap second may lead out of them.
    private static let writable: Range<Int64> = -62_135_596_800..<253_402_300_800

    /// Reads RFC 3339 text.
    /// - Throws: `DecodingError` if the text is not a moment of the years 0001 to 9999.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let moment = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected an RFC 3339 time such as 2026-01-31T08:00:00Z")
        }
        self = moment
    }

    /// Writes RFC 3339 text in UTC, as ``description`` has it.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A day of the proleptic Gregorian calendar, by Howard Hinnant's `days_from_civil` arithmetic
/// (https://howardhinnant.github.io/date_algorithms.html).
private struct CivilDate {
    let year: Int64
    let month: Int64
    let day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        (self.year, self.month, self.day) = (year, month, day)
    }

    init(daysSinceEpoch: Int64) {
        let shifted = daysSinceEpoch + 719_468
        let era = shifted.flooredQuotient(146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSinceEpoch: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.flooredQuotient(400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

private struct DigitScanner {
    private var rest: String.UTF8View.SubSequence

    init(_ text: String.UTF8View) {
        rest = text[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(of digits: Int) -> Int64? {
        let head = rest.prefix(digits)
        guard head.count == digits, head.allSatisfy({ (48...57).contains($0) }) else { return nil }
        rest.removeFirst(digits)
        return head.reduce(0) { $0 * 10 + Int64($1 - 48) }
    }

    /// The fraction of a second in microseconds; zero if there is none.
    mutating func fraction() -> Int64? {
        guard take(".") else { return 0 }
        let digits = rest.prefix { (48...57).contains($0) }
        guard !digits.isEmpty else { return nil }
        rest.removeFirst(digits.count)
        let kept = digits.prefix(6)
        return (0..<6 - kept.count).reduce(kept.reduce(0) { $0 * 10 + Int64($1 - 48) }) { value, _ in value * 10 }
    }

    /// The offset from UTC in seconds.
    mutating func offset() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let sign: Int64
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = number(of: 2), take(":"), let minutes = number(of: 2), hours < 24, minutes < 60 else {
            return nil
        }
        return sign * (hours * 3600 + minutes * 60)
    }
}

extension Int64 {
    fileprivate func flooredQuotient(_ divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }

    fileprivate func padded(to width: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }
}
