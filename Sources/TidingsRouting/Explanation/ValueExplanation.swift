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
