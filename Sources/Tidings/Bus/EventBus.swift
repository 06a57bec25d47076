/// What carries events from those who publish to those who consume: the contract that every bus keeps.
///
/// A bus delivers at least once. It keeps the events of one ordering key in publishing order within a consumer group,
/// or says that it cannot (``BusCapabilities/order``). Retries, dead letters and order behind a failure are not its
/// affair: ``Subscriber`` does them, the same on every bus.
///
/// All methods may be called from any task at any time, and fail with code `closed` once the bus was closed.
public protocol EventBus: AnyObject, Sendable {
    /// What this bus can do beyond the contract.
    var capabilities: BusCapabilities { get }

    /// How long after it was published an event may still be delivered though nobody waits for it: to a new group, or by a
    /// replay. An inbox has to remember for as long. `nil` if that is not known.
    var retention: Duration? { get }

    /// Publishes events, in this order, all or none.
    ///
    /// Returns when they are as durable as the bus makes them. When it throws, whether they were published is unknown,
    /// and publishing them again, under the same ids, is right; consumers are protected by their inbox.
    /// - Parameter events: at most 10,000 events, 16 MiB together.
    /// - Returns: the place of each in the history of the bus.
    /// - Throws: ``TidingsError`` with code `unavailable` or `overloaded` (try again later), `invalid` or `closed`.
    @discardableResult
    func publish(_ events: [Envelope]) async throws -> [PublishedEvent]

    /// Joins a consumer group, and makes it first if it is new.
    ///
    /// A group exists from then on, whether or not anyone consumes, and gets every event that its pattern matches. All
    /// who join one group share its events. Joining again with another pattern changes the group's pattern for events
    /// published from then on.
    /// - Throws: ``TidingsError`` with code `unsupported` for a start or a pattern that this bus cannot serve.
    func subscribe(_ subscription: Subscription) async throws -> any EventConsumer

    /// Whether the bus can be reached now.
    func health() async -> BusHealth

    /// The consumer groups for which events have waited for long and that nobody reads; asked every few seconds.
    func unreadGroups() async -> [UnreadGroup]

    /// Removes a consumer group with all its events. Its consumers fail with code `closed`; a group that does not exist is
    /// not an error.
    /// - Throws: ``TidingsError`` with code `unsupported` if the bus cannot do so.
    func removeGroup(_ name: String) async throws
}

extension EventBus {
    /// Not known.
    public var retention: Duration? { nil }

    /// None that it knows of.
    public func unreadGroups() async -> [UnreadGroup] { [] }

    /// Refused.
    public func removeGroup(_ name: String) async throws {
        throw TidingsError(.unsupported, "\(type(of: self)) cannot remove consumer group \(name)")
    }
}

/// A member of a consumer group.
///
/// Several tasks may call it at once. What was taken and is not settled goes back to the group when its visibility
/// time-out ends, or at once when the consumer is closed. One that goes without ``close()`` is no member any more, and
/// what it had comes back when its time-outs end. Time-outs go by uptime, so that setting the wall clock does not end
/// them.
public protocol EventConsumer: Sendable {
    /// Takes the next events of the group, and waits until there is at least one.
    ///
    /// Taking counts as an attempt, before the caller sees the event. While an event is out, no other member gets an
    /// event of the same ordering key; one batch may hold several of a key, in order.
    /// - Parameter maximum: how many at most, 1 to 10,000.
    /// - Throws: `CancellationError` when the task is cancelled while it waits; ``TidingsError`` otherwise.
    func next(atMost maximum: Int) async throws -> [Delivery]

    /// Settles deliveries.
    ///
    /// Settling takes effect at once and becomes durable soon after; a crash in between means redelivery.
    /// - Returns: the receipts that were not in force any more: their visibility time-out ended, whether or not anybody
    ///   has taken the event since, or they were settled before. Settling twice does no harm.
    /// - Throws: ``TidingsError`` with code `invalid`, and nothing is settled, if a time or a reason is out of range;
    ///   `unsupported` for a dead letter where there is no queue for it; `unavailable` if dead letters cannot be written:
    ///   then they come back at once, and all else was settled.
    @discardableResult
    func settle(_ settlements: [Settlement]) async throws -> [Receipt]

    /// The counts of the group now.
    func depth() async throws -> QueueDepth

    /// Leaves the group, giving back what was taken and not settled, without spending its attempts. Whoever calls it
    /// returns once it has left.
    func close() async
}

/// What a bus can do beyond the contract.
public struct BusCapabilities: OptionSet, Sendable {
    /// The capabilities as bits; their values may change between versions.
    public let rawValue: Int

    /// Makes a set from the bits of another one.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// What was published survives the end of the process and of the machine.
    public static let durable = BusCapabilities(rawValue: 1)
    /// Order by key within a consumer group.
    public static let order = BusCapabilities(rawValue: 2)
    /// New groups may start before now: ``Subscription/Start/earliest`` and ``Subscription/Start/time(_:)``.
    public static let history = BusCapabilities(rawValue: 4)
    /// A publisher's retry is recognised by source and id, and not published again, for two minutes and a million ids.
    public static let duplicates = BusCapabilities(rawValue: 8)
    /// An event whose ``Envelope/notBefore`` is ahead is not delivered before that.
    public static let delays = BusCapabilities(rawValue: 16)

    /// The capabilities of the set, as messages name them.
    package var names: [String] {
        let all: [(BusCapabilities, String)] = [
            (.durable, "durability"), (.order, "order by key"), (.history, "history"),
            (.duplicates, "recognition of duplicates"), (.delays, "delayed events"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}

/// Whether a bus can be reached, and why not.
public struct BusHealth: Sendable, Hashable {
    /// Whether publishing can be expected to succeed.
    public let isConnected: Bool
    /// Why not, for a person; `nil` when all is well.
    public let reason: String?
    /// What someone should look at though the bus works: a group with a long backlog or without
    /// consumers, counts that do not add up.
    public let alarms: [String]

    /// Makes a report; for those who write a bus.
    public init(isConnected: Bool, reason: String? = nil, alarms: [String] = []) {
        self.isConnected = isConnected
        self.reason = reason
        self.alarms = alarms
    }
}

/// A consumer group for which events wait and that nobody reads.
public struct UnreadGroup: Sendable, Hashable {
    /// The name of the group.
    public let name: String
    /// How many events wait.
    public let count: Int
    /// When the oldest of them was published.
    public let oldest: Timestamp

    /// Makes a report; for those who write a bus.
    public init(_ name: String, count: Int, oldest: Timestamp) {
        self.name = name
        self.count = count
        self.oldest = oldest
    }
}
