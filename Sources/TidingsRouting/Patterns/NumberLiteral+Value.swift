extension NumberLiteral {
    /// The value of a number if a double holds it exactly as written.
    ///
    /// It does for up to 15 significant digits, since they come back from the double as they were; beyond that, if they
    /// are all the digits the double has, or, in a fraction, the fewest that stand for it.
    ///
    /// - Parameter text: A number by the grammar of RFC 8259.
    static func exactValue(of text: String) -> Double? {
        guard let nearest = Double(text), nearest.isFinite else { return nil }
        let written = DecimalDigits(parsing: text.utf8)
        if nearest == 0 { return written.isZero ? 0 : nil }
        if written.digits.count <= 15, nearest.isNormal { return nearest }
        guard written.digits.count <= 767 else { return nil }
        if !written.isInteger, written == DecimalDigits(parsing: nearest.description.utf8) { return nearest }
        return written == DecimalDigits(exactly: nearest) ? nearest : nil
    }

    /// The nearest double; nil if that is infinite, or zero for what is not zero.
    var nearest: Double? {
        if let value { return value }
        guard let nearest = Double(text.string), nearest.isFinite, nearest != 0 else { return nil }
        return nearest
    }
}
