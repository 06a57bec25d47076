/// Why an event satisfies a pattern or does not, value by value.
///
/// A pattern can hold in one of several ways, its alternatives: one if it has no `$or`, otherwise each way to choose from
/// them, numbered from 1 in the order of the text. Values of one field, which are those with the same path and the same
/// alternatives, are joined by *or*; the fields of an alternative by *and*; alternatives by *or*.
public struct PatternExplanation: Sendable, Hashable, Codable {
    /// Whether the event satisfies the pattern, as ``PatternRouter`` says.
    public let matches: Bool
    /// Why the pattern does not hold, for a person; nil if it does. It is about a field of ``alternative`` of which no
    /// value holds or, where each field has one that does, about elements of an array that they do not share. It quotes the
    /// event.
    public let reason: String?
    /// The alternative that holds; if none does, the first of those in which the fewest fields fail.
    public let alternative: Int
    /// Each value of the pattern, with what the event has in its place; by the first alternative that has it, and in that
    /// by path.
    public let explanation: [ValueExplanation]
}

/// Whether one value of a pattern held for an event, and if not, why.
public struct ValueExplanation: Sendable, Hashable, Codable {
    /// The field, in the names the event itself uses.
    public let path: String
    /// The numbers of the alternatives of the pattern that have this field with the same values; see
    /// ``PatternExplanation``.
    public let alternatives: [Int]
    /// The value as it stands in the pattern.
    public let expected: ExplainedValue
    /// What the event has: a scalar, or a list of the first ten where there are several; nil if there is none.
    public let found: ExplainedValue?
    /// Whether the value held. In the alternative that the explanation is about, this is so in the elements of arrays in
    /// which the other fields hold; in other alternatives, anywhere in the event.
    public let matches: Bool
    /// The first reason why not, for a person; nil if it held. It quotes the event.
    public let reason: String?
}
