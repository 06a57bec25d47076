import Tidings

/// A log of events as lines of JSON, for people, auditors and their tools: `tail`, `jq`, whatever ships files.
///
/// It is a folder `logs/<name>` beside the files of the bus, with files such as `2026-01-31-00000000000000000017.jsonl`: the
/// day (UTC) of the events, and the sequence of the first. Each line is one event:
///
///     {"sequence":17,"published":"2026-01-31T08:00:00Z","rules":["audit"],"event":{"specversion":"1.0",…}}
///
/// `rules` names those rules that chose the event for this log.
public struct EventLog: Sendable, Hashable {
    /// How long an event log keeps events for which no rule states it.
    static let defaultRetention = Duration.seconds(30 * 86_400)

    /// The name, which is that of a folder: 1 to 100 bytes of plain text, without `/`, `\` or `:`, and with no dot at its
    /// beginning.
    public var name: String
    /// How long events stay, from the end of their day (UTC) on: 1 to 3,650 days. `nil` says nothing: what another rule has
    /// stated stays, or it is 30 days.
    public var retention: Duration?

    /// Makes the value; its ranges are checked by ``EmbeddedEventBus/declareRule(_:)``.
    public init(_ name: String, retention: Duration? = nil) {
        self.name = name
        self.retention = retention
    }

    /// Checks the ranges that the properties state.
    func validate() throws(TidingsError) {
        guard (1...100).contains(name.utf8.count) else {
            throw TidingsError(.invalid, "the name of an event log has 1 to 100 bytes, this one \(name.utf8.count)")
        }
        try PlainName.check(name, as: "the name of an event log")
        guard !name.utf8.contains(where: { "/\\:".utf8.contains($0) }), !name.utf8.starts(with: ".".utf8) else {
            throw TidingsError(
                .invalid,
                "event log \(name) cannot be a folder of this name, which has no /, \\ or :, and does not begin with a dot"
            )
        }
        if let retention, retention < .seconds(86_400) || retention > .seconds(3650 * 86_400) {
            throw TidingsError(.invalid, "event log \(name) keeps events for \(retention); it is 1 to 3,650 days")
        }
    }
}

/// An event log and how far it is.
public struct EventLogStatus: Sendable, Hashable {
    /// The name.
    public let name: String
    /// How long it keeps events.
    public let retention: Duration
    /// The folder of its files.
    public let directory: String
    /// The names of the rules that give it events, in order. Without any it stays until its retention is over.
    public let rules: [String]
    /// How many durable events are still to be written to it, each as often as rules chose it.
    public let pending: Int
    /// Why it cannot be written now; `nil` if it can. It is tried again each second.
    public let failure: String?
}
