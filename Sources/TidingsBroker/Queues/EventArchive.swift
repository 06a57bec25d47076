import Tidings
public import TidingsRouting

/// What is kept of the events, for replays: while the log drops the rest, an archive keeps what it chose.
public struct EventArchive: Sendable, Hashable {
    /// The name: 1 to 255 bytes of plain text, which no queue, consumer group or other archive has.
    public var name: String
    /// Which events it keeps, of those that are published from its declaration on.
    public var pattern: EventPattern
    /// For how long, from the publishing of an event on; 1 minute to 3,650 days, to the minute. Looked at once an hour
    /// while the bus is in use, when the log grows, and when the disk is full.
    public var retention: Duration

    /// Makes an archive; its ranges are checked by ``EmbeddedEventBus/declareArchive(_:)``.
    public init(_ name: String, _ pattern: EventPattern, retention: Duration) {
        self.name = name
        self.pattern = pattern
        self.retention = retention
    }

    /// Checks the ranges that the properties state.
    func validate() throws(TidingsError) {
        guard (1...255).contains(name.utf8.count) else {
            throw TidingsError(.invalid, "the name of an archive has 1 to 255 bytes, this one \(name.utf8.count)")
        }
        try PlainName.check(name, as: "the name of an archive")
        guard retention >= .seconds(60), retention <= .seconds(3650 * 86_400) else {
            throw TidingsError(.invalid, "archive \(name) keeps events for \(retention); it is 1 minute to 3,650 days")
        }
    }
}

/// An archive and what it holds.
public struct ArchiveStatus: Sendable, Hashable {
    /// How it was declared.
    public let archive: EventArchive
    /// How many events it holds.
    public let count: Int
    /// How many it got since it was made.
    public let archived: Int
    /// How many have become older than its retention.
    public let expired: Int
}
