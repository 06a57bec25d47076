import Tidings
import TidingsRouting

/// How a queue treats its events.
public struct QueueOptions: Sendable, Hashable {
    /// What of a queue waits for what.
    public enum Ordering: UInt8, Sendable, Hashable {
        /// While an event is out, the later ones of its key wait.
        case key = 0
        /// Nothing waits for anything.
        case none = 1
    }

    /// How long a delivery stays hidden from other consumers unless it is settled or extended, 1 ms to 12 hours.
    public var visibilityTimeout: Duration = .seconds(30)
    /// How long an event may wait, since it came to the queue, before it expires; 1 second to 3,650 days, to the minute.
    /// What is in flight expires when it comes back; what a replay has brought counts from its last step on.
    public var retention: Duration = .seconds(4 * 86_400)
    /// How often an event is received before it is a dead letter, 1 to 1,000. A dead-letter queue has no such limit.
    public var maximumReceives = 3
    /// The queue that gets its dead letters, of this queue alone; `nil` for the queue's name with `-dead-letters` behind
    /// it. It is made with the queue, and keeps them for 14 days.
    public var deadLetterQueue: String?
    /// What waits for what.
    public var ordering: Ordering = .key
    /// How long an event waits, from when it was published, before it may be received; zero to 30 days. While it waits it
    /// holds up nothing, and its retention has not begun. What redrives and replays bring does not wait.
    public var delay: Duration = .zero

    /// The defaults.
    public init() {}

    /// Those of a dead-letter queue that is made with its queue.
    static var deadLetters: QueueOptions {
        var options = QueueOptions()
        options.retention = .seconds(14 * 86_400)
        options.ordering = .none
        return options
    }

    /// Checks the ranges that the properties state.
    /// - Throws: `TidingsError` with code `invalid` that names the property.
    func validate(of queue: String) throws(TidingsError) {
        try Self.check(name: queue)
        guard visibilityTimeout >= .milliseconds(1), visibilityTimeout <= .seconds(12 * 3600) else {
            throw Self.range(of: "visibilityTimeout", queue, "1 ms to 12 hours", "\(visibilityTimeout)")
        }
        guard retention >= .seconds(1), retention <= .seconds(3650 * 86_400) else {
            throw Self.range(of: "retention", queue, "1 second to 3,650 days", "\(retention)")
        }
        guard (1...1000).contains(maximumReceives) else {
            throw Self.range(of: "maximumReceives", queue, "1 to 1,000", "\(maximumReceives)")
        }
        guard delay >= .zero, delay <= .seconds(30 * 86_400) else {
            throw Self.range(of: "delay", queue, "zero to 30 days", "\(delay)")
        }
        try Self.check(name: deadLetterQueue(of: queue))
        guard ByteText(deadLetterQueue(of: queue)) != ByteText(queue) else {
            throw TidingsError(.invalid, "\(queue) cannot be its own dead-letter queue")
        }
    }

    func deadLetterQueue(of queue: String) -> String { deadLetterQueue ?? queue + "-dead-letters" }

    private static func check(name: String) throws(TidingsError) {
        guard (1...255).contains(name.utf8.count) else {
            throw TidingsError(.invalid, "the name of a queue has 1 to 255 bytes, this one \(name.utf8.count)")
        }
        try PlainName.check(name, as: "the name of a queue")
    }

    private static func range(
        of option: String, _ queue: String, _ range: String, _ value: String
    ) -> TidingsError {
        TidingsError(.invalid, "\(option) of queue \(queue) is \(value); it is \(range)")
    }
}

extension QueueOptions {
    func encode(into writer: inout BinaryBuilder) {
        for duration in [visibilityTimeout, retention, delay] { writer.write(duration.wholeMicroseconds) }
        writer.write(UInt32(maximumReceives))
        writer.write(deadLetterQueue)
        writer.write(ordering.rawValue)
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        visibilityTimeout = .microseconds(try reader.number() as Int64)
        retention = .microseconds(try reader.number() as Int64)
        delay = .microseconds(try reader.number() as Int64)
        maximumReceives = Int(try reader.number() as UInt32)
        deadLetterQueue = try reader.text()
        let ordering = try reader.byte()
        guard let known = Ordering(rawValue: ordering) else {
            throw TidingsError(.corrupt, "a queue has ordering \(ordering), which this version does not know")
        }
        self.ordering = known
    }
}

extension Duration {
    /// Rounded down.
    var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
