import Synchronization
public import Tidings
import TidingsLog

/// An event as the bus keeps it.
public struct RecordedEvent: Sendable, Hashable {
    /// Its place in the history of the bus.
    public let sequence: UInt64
    /// When it was published.
    public let time: Timestamp
    /// The event.
    public let event: Envelope
}

extension EmbeddedEventBus {
    /// Reads what was published, in order.
    ///
    /// - Parameters:
    ///   - sequence: events behind this one; 0 for the oldest that is kept.
    ///   - maximum: how many at most, 1 to 10,000.
    /// - Returns: durable events; fewer than `maximum` only at the end.
    public func events(after sequence: UInt64, atMost maximum: Int) async throws -> [RecordedEvent] {
        try BusLimits.check(takeOf: maximum)
        let (start, last): (LogPosition?, UInt64) = try state.withLock { state in
            try state.checkOpen()
            let marks = state.durable.marks
            guard sequence < state.lastShown else { return (nil, 0) }
            let mark = marks.index(before: sequence + 1).map { marks[$0] } ?? marks.first
            return (mark?.position, state.lastShown)
        }
        guard let start else { return [] }
        return try await blocking { [log] in
            var events: [RecordedEvent] = []
            var isDone = false
            _ = try log.scan(from: start) { _, record in
                try PublishLayout.forEachEvent(in: record) { entry in
                    isDone = events.count == maximum || entry.sequence > last
                    guard !isDone else { return false }
                    if entry.sequence > sequence {
                        events.append(
                            RecordedEvent(
                                sequence: entry.sequence, time: entry.time, event: try entry.event(in: record)))
                    }
                    return true
                }
                return !isDone && events.count < maximum
            }
            return events
        }
    }
}
