public import Tidings

/// An event that a queue could not get rid of, with what is known of it.
public struct QueueDeadLetter: Sendable {
    /// Its place in the history of the bus, by which it is redriven or discarded.
    public let sequence: UInt64
    /// The queue that it came from.
    public let queue: String
    /// The event.
    public let event: Envelope
    /// How often it was received.
    public let attempts: Int
    /// Why it was given up.
    public let reason: String
    /// When it was received first.
    public let firstReceived: Timestamp
    /// When it was given up.
    public let deadSince: Timestamp
}

/// What a dead-letter queue keeps of an event, beside the event.
struct DeadLetterNote: Sendable, Hashable {
    var attempts: UInt32
    var firstReceived: Timestamp
    var deadSince: Timestamp
    var reason: String

    func encode(into writer: inout BinaryBuilder) {
        writer.write(attempts)
        writer.write(firstReceived.microseconds)
        writer.write(deadSince.microseconds)
        writer.write(reason)
    }
}

extension DeadLetterNote {
    init(_ reader: inout BinaryReader) throws(TidingsError) {
        attempts = try reader.number()
        firstReceived = Timestamp(microseconds: try reader.number())
        deadSince = Timestamp(microseconds: try reader.number())
        reason = try reader.text() ?? ""
    }
}
