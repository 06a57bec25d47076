public import Tidings
public import TidingsRouting

/// Brings archived events back to queues, and to nothing else.
public struct EventReplay: Sendable, Hashable {
    /// Where a replay brings events.
    public enum Destination: Sendable, Hashable {
        /// To each of these queues, by their names.
        case queues([String])
        /// To the queues of these rules, by their names: each event to those of the rules that choose it, as the rules are
        /// when the replay is started, whether or not they are enabled. Event logs get nothing.
        case rules([String])
    }

    /// The name, which no other replay that is known has: 1 to 255 bytes of plain text. Deliveries bear it.
    public var name: String
    /// The archive whose events are replayed.
    public var archive: String
    /// The moment from which on events are replayed, by when they were published; `nil` for the oldest.
    public var from: Timestamp?
    /// The moment before which they are; `nil` for the start of the replay.
    public var to: Timestamp?
    /// Which of the archived events are replayed.
    public var pattern: EventPattern
    /// Where they go: 1 to 100 queues or rules.
    public var destination: Destination
    /// How many events a second at most, 1 to 1,000,000; `nil` for no limit.
    public var rate: Int?

    /// Makes a replay; its ranges are checked by ``EmbeddedEventBus/startReplay(_:)``.
    public init(
        _ name: String, of archive: String, from: Timestamp? = nil, to: Timestamp? = nil, pattern: EventPattern = .all,
        queues: [String], rate: Int? = nil
    ) {
        self.init(name, of: archive, from: from, to: to, pattern: pattern, into: .queues(queues), rate: rate)
    }

    /// Makes a replay to a destination; its ranges are checked by ``EmbeddedEventBus/startReplay(_:)``.
    public init(
        _ name: String, of archive: String, from: Timestamp? = nil, to: Timestamp? = nil, pattern: EventPattern = .all,
        into destination: Destination, rate: Int? = nil
    ) {
        self.name = name
        self.archive = archive
        self.from = from
        self.to = to
        self.pattern = pattern
        self.destination = destination
        self.rate = rate
    }

    /// Checks the ranges that the properties state.
    func validate() throws(TidingsError) {
        guard (1...255).contains(name.utf8.count) else {
            throw TidingsError(.invalid, "the name of a replay has 1 to 255 bytes, this one \(name.utf8.count)")
        }
        try PlainName.check(name, as: "the name of a replay")
        let (names, kind) =
            switch destination {
            case .queues(let names): (names, "queues")
            case .rules(let names): (names, "rules")
            }
        guard (1...100).contains(names.count) else {
            throw TidingsError(.invalid, "replay \(name) has \(names.count) \(kind); a replay has 1 to 100")
        }
        if let rate, !(1...1_000_000).contains(rate) {
            throw TidingsError(.invalid, "the rate of replay \(name) is \(rate); it is 1 to 1,000,000 events a second")
        }
        if let from, let to, from >= to {
            throw TidingsError(.invalid, "replay \(name) goes from \(from) to \(to), which is not later")
        }
    }
}

/// How far a replay is.
public struct ReplayStatus: Sendable, Hashable {
    /// What became of it.
    public enum State: UInt8, Sendable, Hashable {
        case running = 0
        case completed = 1
        case cancelled = 2
    }

    /// The name.
    public let name: String
    /// The name of the archive.
    public let archive: String
    /// What became of it.
    public let state: State
    /// When it was started.
    public let started: Timestamp
    /// When it was completed or cancelled.
    public let ended: Timestamp?
    /// How many archived events its range held when it was started.
    public let total: Int
    /// How many of them were looked at.
    public let done: Int
    /// How many deliveries it has given to queues. An event that waits in a queue anyway is not given to it again.
    public let delivered: Int
    /// When it will be through at this pace; `nil` if it has ended or has just begun.
    public let estimatedEnd: Timestamp?

    /// How far it is, from 0 to 1.
    public var progress: Double { total == 0 ? 1 : Double(done) / Double(total) }
}
