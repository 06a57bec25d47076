/// Why an event satisfies a pattern or does not, value by value.
public struct PatternExplanation: Sendable, Hashable, Codable {
    /// Whether the event satisfies the pattern.
    public let matches: Bool
    /// Each value of the pattern, with what the event has in its place. Values of one field are joined by *or*, so that
    /// some may fail where the pattern holds.
    public let explanation: [ValueExplanation]

    /// The first reason why the pattern does not hold; nil if it does.
    public var reason: String? {
        matches ? nil : explanation.lazy.compactMap(\.reason).first
    }
}
