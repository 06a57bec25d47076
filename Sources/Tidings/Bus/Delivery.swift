/// An event handed to a member of a consumer group.
public struct Delivery: Sendable {
    /// What settles it, once, while its visibility time-out lasts.
    public let receipt: Receipt
    /// How often the event was taken, this time included; from 1. A release does not count.
    public let attempt: Int
    /// The event; its data is the bytes that the bus stored.
    public let event: Envelope
    /// The name of the replay that brought it; `nil` if it was published to the group, or redriven.
    public let replay: String?

    /// Makes a delivery; for those who write a bus.
    public init(receipt: Receipt, attempt: Int, event: Envelope, replay: String? = nil) {
        self.replay = replay
        self.receipt = receipt
        self.attempt = attempt
        self.event = event
    }
}

/// What settles one delivery, once: the event's place and which take of it this was. Opaque to consumers.
public struct Receipt: Sendable, Hashable {
    /// The place of the event in the bus, as ``PublishedEvent/sequence``.
    public let sequence: UInt64
    /// Which take of the event it was; an older take no longer settles the event.
    public let take: UInt64

    /// Makes a receipt; for those who write a bus.
    public init(sequence: UInt64, take: UInt64) {
        self.sequence = sequence
        self.take = take
    }
}

/// What becomes of a delivery.
public enum Settlement: Sendable, Hashable {
    /// It is done: the group never sees the event again.
    case acknowledge(Receipt)
    /// It goes back to its place in the group at once, and the attempt does not count.
    case release(Receipt)
    /// It stays out for so long from now, rather than for the rest of its visibility time-out: zero to 30 days.
    case extend(Receipt, by: Duration)
    /// It failed: nobody has it any more, and it comes back after so long, zero to 30 days; until then later events of its
    /// key wait. The attempt counts. A consumer group forgets the wait with its process, a queue does not.
    case retry(Receipt, after: Duration)
    /// It failed, and no further attempt can help: it goes to the dead-letter queue at once, with the reason, 1 to 1,024
    /// bytes. Only for a queue that has one; a consumer group refuses it.
    case deadLetter(Receipt, reason: String)

    /// What it settles.
    public var receipt: Receipt {
        switch self {
        case .acknowledge(let receipt), .release(let receipt), .extend(let receipt, _), .retry(let receipt, _),
            .deadLetter(let receipt, _):
            receipt
        }
    }
}

/// What the bus says of an event that it has published.
public struct PublishedEvent: Sendable, Hashable {
    /// The id of the event, as its publisher set it.
    public let id: EventID
    /// Its place in the history of the bus, rising from 1; 0 if a bus has no such places.
    public let sequence: UInt64
    /// Whether it had been published before, by source and id, and was not published again.
    public let isDuplicate: Bool

    /// Makes a report; for those who write a bus.
    public init(id: EventID, sequence: UInt64, isDuplicate: Bool = false) {
        self.id = id
        self.sequence = sequence
        self.isDuplicate = isDuplicate
    }
}

/// The counts of a consumer group at a moment.
public struct QueueDepth: Sendable, Hashable {
    /// Events that wait to be taken, those behind an event of their key among them.
    public var pending: Int
    /// Events that were taken and are not settled, under a visibility time-out.
    public var inFlight: Int
    /// Events whose time has not come: ``Envelope/notBefore``, or a delay of the queue.
    public var delayed: Int
    /// When the oldest of the others was published; `nil` when there is none.
    public var oldest: Timestamp?

    /// Makes a report; for those who write a bus.
    public init(pending: Int, inFlight: Int, delayed: Int = 0, oldest: Timestamp?) {
        self.pending = pending
        self.inFlight = inFlight
        self.delayed = delayed
        self.oldest = oldest
    }
}
