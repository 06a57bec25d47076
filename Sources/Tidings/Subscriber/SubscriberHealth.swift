/// How a subscriber is doing.
public struct SubscriberHealth: Sendable, Hashable {
    /// The subscriber.
    public let name: String
    /// Why it has paused, for a person; `nil` while it works.
    public let pausedBecause: String?

    /// Whether it is working.
    public var isWorking: Bool { pausedBecause == nil }
}
