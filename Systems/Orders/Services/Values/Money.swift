public import Tidings

/// An amount of money in cents, 0.00 to 9,999,999,999,999,999.99, written as text: `"9.99"`.
public struct Money: Sendable, Hashable, Comparable, Codable {
    /// The amount in cents.
    public let cents: Int64

    /// Makes an amount from cents.
    public init(cents: Int64) {
        self.cents = cents
    }

    /// Reads an amount such as `9`, `9.9` or `9.99`.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = parts.first, (1...16).contains(whole.utf8.count),
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }), let units = Int64(whole)
        else { return nil }
        let fraction = parts.count == 2 ? parts[1] : "0"
        guard (1...2).contains(fraction.utf8.count), let hundredths = Int64(fraction) else { return nil }
        cents = units * 100 + (fraction.utf8.count == 1 ? hundredths * 10 : hundredths)
    }

    /// Compares amounts.
    public static func < (left: Money, right: Money) -> Bool { left.cents < right.cents }

    /// Adds amounts.
    public static func + (left: Money, right: Money) -> Money { Money(cents: left.cents + right.cents) }

    /// Multiplies a price by a quantity.
    public static func * (price: Money, quantity: Int) -> Money { Money(cents: price.cents * Int64(quantity)) }

    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let money = Money(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected an amount such as \"9.99\"")
        }
        self = money
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Money: CustomStringConvertible, SQLValueConvertible {
    /// The amount as text: `9.99`.
    public var description: String {
        let hundredths = cents % 100
        return "\(cents / 100).\(hundredths < 10 ? "0" : "")\(hundredths)"
    }

    /// The amount in cents.
    public var sqlValue: SQLValue { cents.sqlValue }

    /// Reads an amount in cents.
    public init?(sqlValue: SQLValue) {
        guard let cents = Int64(sqlValue: sqlValue) else { return nil }
        self.init(cents: cents)
    }
}
