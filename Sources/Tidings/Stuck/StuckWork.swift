/// Something that has not moved past its own deadline, and what is to be done about it.
///
/// Each is named in the health of its service, in `GET /manage/stuck`, in the gauge `tidings_stuck`, and in two lines of
/// the log, one when it begins and one when it has ended.
public struct StuckWork: Sendable, Hashable {
    /// What kind of work.
    public enum Kind: String, Sendable, CaseIterable, Codable {
        /// A batch that was taken and is not settled, for longer than its visibility time-out.
        case delivery
        /// An ordering key whose first event holds up others, as a dead letter or by failing for more than a minute.
        case key
        /// Parked events that are due and that nobody tries, or that cannot be read.
        case parked
        /// A saga whose time-out is due and was not run, or fails each time.
        case saga
        /// A compensation that was given up.
        case compensation
        /// Events that wait in the outbox for more than half a minute, or are set aside.
        case outbox
        /// A relay, timer or piece of maintenance whose turn does not end within half a minute, or a subscriber that takes
        /// nothing for so long though events wait.
        case loop
        /// A consumer group for which events wait and that nobody reads.
        case group
        /// An effect that runs for more than a minute, or does not end at its time-out.
        case effect
        /// A transaction that has been open for ten seconds.
        case transaction
    }

    /// The management route that ends it, to be called by `POST`.
    public struct Remedy: Sendable, Hashable, CustomStringConvertible {
        /// The path: `/manage/work/cancel`.
        public let path: String
        /// The JSON to be sent.
        public let body: String

        init(_ path: String, _ body: String = "{}") {
            self.path = path
            self.body = body
        }

        /// As a person types it: `POST /manage/work/cancel {"id":7}`.
        public var description: String { "POST \(path) \(body)" }
    }

    /// What kind of work.
    public let kind: Kind
    /// What it is; unique within its kind and service while it lasts.
    public let name: String
    /// Since when it has not moved, by the wall clock of this process.
    public let since: Timestamp
    /// What holds it.
    public let heldBy: String
    /// What it holds up.
    public let holdsUp: String
    /// What ends it.
    public let remedy: Remedy

    /// Whether it is the same as at an earlier look.
    var identity: String { "\(kind.rawValue) \(name)" }
}

/// How long each kind of work may take.
package enum StuckLimits {
    static let loop = Duration.seconds(30)
    static let effect = Duration.seconds(60)
    static let transaction = Duration.seconds(10)
    static let key = Duration.seconds(60)
    static let outbox = Duration.seconds(30)
    /// How long after it is due something is begun at the latest.
    static let due = Duration.seconds(10)
    /// How many of a kind are named.
    package static let count = 100
    /// How far the events are counted that something holds up.
    package static let counted = 1000
    /// How many ordering keys, events without one, or consumers and types are looked at.
    package static let walked = 10_000

    /// A number that is counted no further than ``counted``, for a person.
    static func text(_ count: Int) -> String { count < counted ? "\(count)" : "\(counted) or more" }
}

extension Duration {
    /// This time before a moment.
    func before(_ moment: Timestamp) -> Timestamp { moment + (.zero - self) }
}
