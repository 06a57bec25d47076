import Tidings

/// What came into a queue and what has left it, since it was made.
package struct QueueCounts: Sendable, Hashable {
    /// How an event comes into a queue.
    package enum Arrival: UInt8, CaseIterable, Sendable {
        /// It was published, and a pattern chose it.
        case published
        /// A replay brought it back from an archive.
        case replayed
        /// A redrive brought it back from the dead-letter queue.
        case redriven
        /// It is a dead letter of another queue.
        case movedIn
    }

    /// How an event leaves a queue.
    package enum Fate: UInt8, CaseIterable, Sendable {
        case acknowledged
        /// It is a dead letter, in another queue.
        case movedOut
        /// It was a dead letter, and is in its queue again.
        case returned
        case discarded
        /// It has waited for longer than the queue's retention.
        case expired
        case purged
    }

    private var arrivals = [UInt64](repeating: 0, count: Arrival.allCases.count)
    private var fates = [UInt64](repeating: 0, count: Fate.allCases.count)

    subscript(arrival: Arrival) -> UInt64 {
        get { arrivals[Int(arrival.rawValue)] }
        set { arrivals[Int(arrival.rawValue)] = newValue }
    }

    subscript(fate: Fate) -> UInt64 {
        get { fates[Int(fate.rawValue)] }
        set { fates[Int(fate.rawValue)] = newValue }
    }

    var arrived: UInt64 { arrivals.reduce(0, +) }
    var left: UInt64 { fates.reduce(0, +) }

    func encode(into writer: inout BinaryBuilder) {
        for count in arrivals + fates { writer.write(count) }
    }

    init() {}

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        for index in arrivals.indices { arrivals[index] = try reader.number() }
        for index in fates.indices { fates[index] = try reader.number() }
    }
}
