/// Where the events of a queue or consumer group are: each that came in has left, is pending, delayed, in flight or unreadable.
public struct QueueLedger: Sendable, Hashable {
    /// How many events were published to it since it was made.
    public let published: Int
    /// How many replays brought.
    public let replayed: Int
    /// How many came back from its dead-letter queue.
    public let redriven: Int
    /// How many came from another queue, as its dead letters.
    public let movedIn: Int
    /// How many are acknowledged.
    public let acknowledged: Int
    /// How many went to its dead-letter queue.
    public let movedOut: Int
    /// How many went back to the queue whose dead letters they were.
    public let returned: Int
    /// How many dead letters a person gave up.
    public let discarded: Int
    /// How many waited for longer than the queue's retention.
    public let expired: Int
    /// How many were purged.
    public let purged: Int
    /// How many wait to be taken, counted by walking the queue.
    public let pending: Int
    /// How many wait for their time to come, counted by walking the queue.
    public let delayed: Int
    /// How many are in flight, counted by walking the queue.
    public let inFlight: Int
    /// How many cannot be read and are set aside.
    public let unreadable: Int
    /// How many have not left, counted in the durable state.
    let unsettled: Int

    init(_ counts: QueueCounts, pending: Int, delayed: Int, inFlight: Int, unreadable: Int, unsettled: Int) {
        published = Int(counts[.published])
        replayed = Int(counts[.replayed])
        redriven = Int(counts[.redriven])
        movedIn = Int(counts[.movedIn])
        acknowledged = Int(counts[.acknowledged])
        movedOut = Int(counts[.movedOut])
        returned = Int(counts[.returned])
        discarded = Int(counts[.discarded])
        expired = Int(counts[.expired])
        purged = Int(counts[.purged])
        self.pending = pending
        self.delayed = delayed
        self.inFlight = inFlight
        self.unreadable = unreadable
        self.unsettled = unsettled
    }

    /// Whether nothing is missing and nothing is there twice.
    public var isBalanced: Bool {
        let cameIn = published + replayed + redriven + movedIn
        let wentOut = acknowledged + movedOut + returned + discarded + expired + purged
        let kept = pending + delayed + inFlight + unreadable
        return cameIn == wentOut + kept && unsettled == kept
    }
}
