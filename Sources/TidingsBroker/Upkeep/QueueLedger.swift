/// Where a consumer group's events are: what it got is done, waits or is out, and nothing else.
///
/// The ledger of the specification's queues; its other terms (delayed, dead, expired, purged, replayed, redriven) come
/// with what makes them.
public struct QueueLedger: Sendable, Hashable {
    /// How many events the group got since it was made.
    public let published: Int
    /// How many of them are done.
    public let acknowledged: Int
    /// How many wait to be taken, counted by walking the queue.
    public let pending: Int
    /// How many are out, counted by walking the queue.
    public let inFlight: Int
    /// How many are not done, counted in the durable state.
    let unsettled: Int

    /// Whether nothing is missing and nothing is there twice.
    public var isBalanced: Bool {
        published == acknowledged + pending + inFlight && unsettled == pending + inFlight
    }
}
