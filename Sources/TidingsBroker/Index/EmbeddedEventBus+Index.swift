import Synchronization
public import Tidings
import TidingsLog

extension EmbeddedEventBus {
    /// Finds the latest event with an id.
    ///
    /// Sealed files of the log are looked up through their indexes, a few pages each; the one that is being written is
    /// read from its start. An index that is missing or damaged is built on the way, once.
    ///
    /// - Parameters:
    ///   - id: the id, compared byte by byte.
    ///   - source: where it happened; nil for any source. An id may be used again by another source, and by the same one
    ///     when its duplicate was no longer known.
    /// - Returns: the event, if it is durable and still kept.
    /// - Throws: `TidingsError` with code `closed`, `corrupt` or `unavailable`.
    public func event(id: EventID, source: String? = nil) async throws -> RecordedEvent? {
        let query = EventQuery(id: id, source: source, through: try lastShown())
        return try await search(EventSearch(query, in: eventIndex, atMost: 1, newestFirst: true)).first
    }

    /// Finds the events whose causation id is the id of another, in the order of publishing.
    ///
    /// Costs what ``event(id:source:)`` costs, and the reading of what is found.
    ///
    /// - Parameters:
    ///   - id: the id of the event that caused them, compared byte by byte.
    ///   - maximum: how many at most, 1 to 10,000: the first ones.
    /// - Returns: durable events that are still kept.
    /// - Throws: `TidingsError` with code `invalid`, `closed`, `corrupt` or `unavailable`.
    public func events(causedBy id: EventID, atMost maximum: Int) async throws -> [RecordedEvent] {
        try BusLimits.check(takeOf: maximum)
        let query = EventQuery(causedBy: id, through: try lastShown())
        return try await search(EventSearch(query, in: eventIndex, atMost: maximum, newestFirst: false))
    }

    /// Reads what was published from a moment on, in order; ``events(after:atMost:)`` goes on from there.
    ///
    /// Begins with the first event that was published at the moment or later, by the clock of the bus, and reads 256 KiB
    /// of the log, about, to find it.
    ///
    /// - Parameters:
    ///   - time: the moment.
    ///   - maximum: how many at most, 1 to 10,000.
    /// - Returns: durable events; fewer than `maximum` only at the end.
    /// - Throws: `TidingsError` with code `invalid`, `closed`, `corrupt` or `unavailable`.
    public func events(from time: Timestamp, atMost maximum: Int) async throws -> [RecordedEvent] {
        try BusLimits.check(takeOf: maximum)
        let (start, last) = try state.withLock { state in
            try state.checkOpen()
            let marks = state.durable.marks
            let mark = marks.index(before: time).map { marks[$0] } ?? marks.first
            return (mark?.position, state.lastShown)
        }
        guard let start else { return [] }
        let first = try await blocking { [log] in
            var first: UInt64?
            _ = try log.scan(from: start) { _, record in
                var goesOn = true
                try PublishLayout.forEachEvent(in: record) { entry in
                    if entry.time >= time, entry.sequence <= last { first = entry.sequence }
                    goesOn = entry.time < time && entry.sequence < last
                    return goesOn
                }
                return goesOn
            }
            return first
        }
        guard let first else { return [] }
        return try await events(after: first - 1, atMost: maximum)
    }

    private func lastShown() throws -> UInt64 {
        try state.withLock { state in
            try state.checkOpen()
            return state.lastShown
        }
    }

    /// Searches, and builds the indexes that it stops at.
    private func search(_ search: EventSearch) async throws -> [RecordedEvent] {
        var search = search
        while true {
            let (next, obstacle) = try await blocking { [search] in
                var search = search
                let obstacle = try search.run()
                return (search, obstacle)
            }
            search = next
            guard let obstacle else { return search.events }
            if let reason = obstacle.reason {
                upkeep.warn("the index of segment \(obstacle.segment) does not serve and is built again: \(reason)")
            }
            try await upkeep.alone { await buildIndexes(of: [obstacle.segment]) }
        }
    }
}
