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
