/// Whether one value of a pattern held for an event, and if not, why.
public struct ValueExplanation: Sendable, Hashable, Codable {
    /// The field, in the names the event itself uses.
    public let path: String
    /// The value as it stands in the pattern.
    public let expected: ExplainedValue
    /// What the event has: a scalar, or a list of the first ten where there are several; nil if there is none.
    public let found: ExplainedValue?
    /// Whether the value held, in a place where the other fields hold, too.
    public let matches: Bool
    /// The first reason why not, for a person; nil if it held. It quotes the event.
    public let reason: String?
}
