/// How a subscriber works through its events. What is out of range is refused by ``Subscriber/run()``.
public struct SubscriberOptions: Sendable {
    /// What becomes of later events of a key after one of its events was dead-lettered.
    public enum AfterDeadLetter: Sendable {
        /// They are handled; the dead letter alone is left out.
        case `continue`
        /// They park behind it until it was redriven with success.
        case park
    }

    /// How many events are taken at once, 1 to 10,000.
    public var batchSize = 100
    /// How many batches are worked on at the same time, at least 1. Batches never share a key.
    public var concurrency = 2
    /// How many effects run at the same time within a batch, at least 1.
    public var effectConcurrency = 32
    /// How long an effect may take, at least a millisecond, unless its handler says otherwise: then it is cancelled, and
    /// the attempt has failed.
    public var effectTimeout = Duration.seconds(30)
    /// How long a handler's body may take, at least a millisecond, before it is counted as slow and named in a warning,
    /// unless its handler says otherwise. Nothing else is written to the database meanwhile.
    public var slowBody = Duration.seconds(1)
    /// How long what a handler needs may be unavailable before failures count as attempts; not negative.
    public var outageHorizon = Duration.seconds(86_400)
    /// How failed events are tried again: at least one attempt, and no negative delay.
    public var retry = RetryPolicy()
    /// What becomes of later events of a key after a dead letter.
    public var afterDeadLetter = AfterDeadLetter.continue
    /// Where a new consumer group begins. A group that exists goes on where it was, whatever this says.
    public var start = Subscription.Start.latest
    /// How long after a crash the bus gives a batch to another member, a millisecond to 30 days. What is worked on is
    /// extended.
    public var visibilityTimeout = Duration.seconds(60)
    /// How often an event may be begun while the process dies before it is dead-lettered unseen: it seems to kill its
    /// consumer; at least 2. From the fourth time on, or the last if that comes first, it is tried alone, while the
    /// process handles nothing else, so that nothing else is blamed for it.
    public var deliveryLimit = 10

    /// How often it may be begun beside others.
    var suspicion: Int { min(3, deliveryLimit - 1) }

    /// What the bus must be able to do, checked at the start: `[.durable, .order]`. A ``start`` other than `latest` needs
    /// ``BusCapabilities/history`` in any case.
    public var requires: BusCapabilities = []

    var requiredCapabilities: BusCapabilities { start == .latest ? requires : requires.union(.history) }

    /// Makes options with the default of each property.
    public init() {}
}
