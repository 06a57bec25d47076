/// Where a consumer group's events are: each event that it got is acknowledged, pending or in flight.
///
/// Part of the ledger of the specification's queues; its other terms (delayed, dead, expired, purged, replayed,
/// redriven) come with the features that need them.
public struct QueueLedger: Sendable, Hashable {
    /// How many events the group got since it was made.
    public let published: Int
    /// How many of them are acknowledged.
    public let acknowledged: Int
    /// How many wait to be taken, counted by walking the queue.
    public let pending: Int
    /// How many are in flight, counted by walking the queue.
    public let inFlight: Int
    /// How many are not acknowledged, counted in the durable state.
    let unsettled: Int

    /// Whether nothing is missing and nothing is there twice.
    public var isBalanced: Bool {
        published == acknowledged + pending + inFlight && unsettled == pending + inFlight
    }
}
