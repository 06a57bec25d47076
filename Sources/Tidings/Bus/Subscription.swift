public import TidingsRouting

/// What a consumer group wants: a name, a pattern, a start, a time-out.
public struct Subscription: Sendable, Hashable {
    /// Where a new group begins. A group that exists goes on where it was.
    public enum Start: Sendable, Hashable {
        /// With the oldest event that the bus still holds.
        case earliest
        /// With what is published after the group was made.
        case latest
        /// With the first event published at that moment or later. A moment to come is as ``latest``.
        case time(Timestamp)
    }

    private var groupText: ByteText
    /// The name of the consumer group: 1 to 255 bytes without control characters and combining marks, so that there is one
    /// way to write it.
    public var group: String {
        get { groupText.string }
        set { groupText = ByteText(newValue) }
    }
    /// Which events the group gets. Joining a group with another pattern changes it for events published from then on.
    public var pattern: EventPattern
    /// Where a new group begins. Anything but `latest` needs ``BusCapabilities/history``.
    public var start: Start
    /// How long a delivery stays hidden from the rest of the group unless it is settled or extended, by uptime; from
    /// 1 ms to 30 days.
    public var visibilityTimeout: Duration

    /// Makes a subscription; its ranges are checked by ``EventBus/subscribe(_:)``.
    public init(
        group: String, pattern: EventPattern, start: Start = .latest, visibilityTimeout: Duration = .seconds(30)
    ) {
        groupText = ByteText(group)
        self.pattern = pattern
        self.start = start
        self.visibilityTimeout = visibilityTimeout
    }

    /// Checks the ranges that the properties state.
    package func validate() throws(TidingsError) {
        guard (1...255).contains(group.utf8.count) else {
            throw TidingsError(
                .invalid, "the name of a consumer group has 1 to 255 bytes, this one \(group.utf8.count)")
        }
        try PlainName.check(group, as: "the name of a consumer group")
        guard BusLimits.visibility.contains(visibilityTimeout) else {
            throw TidingsError(
                .invalid,
                "visibilityTimeout of group \(group) is \(visibilityTimeout); it must be from a millisecond to 30 days")
        }
    }
}
