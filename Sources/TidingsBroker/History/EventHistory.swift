import Tidings
import TidingsLog

/// Reads and looks up what was published, in the log and its indexes.
struct EventHistory: Sendable {
    private let engine: BrokerEngine
    private let maintenance: Maintenance

    init(_ engine: BrokerEngine, _ maintenance: Maintenance) {
        self.engine = engine
        self.maintenance = maintenance
    }

    /// The events behind a sequence, in order.
    func events(after sequence: UInt64, atMost maximum: Int) async throws -> [RecordedEvent] {
        try BusLimits.check(takeOf: maximum)
        guard let plan = try engine.read({ try $0.planHistory(after: sequence) }) else { return [] }
        return try await engine.executor.run { [log = engine.log] in
            var events: [RecordedEvent] = []
            try log.forEachEvent(from: plan.start) { entry, record, _ in
                guard entry.sequence <= plan.last else { return false }
                if entry.sequence > sequence { events.append(try RecordedEvent(entry, in: record)) }
                return events.count < maximum
            }
            return events
        }
    }

    /// The events from a time on, in order.
    func events(from time: Timestamp, atMost maximum: Int) async throws -> [RecordedEvent] {
        try BusLimits.check(takeOf: maximum)
        guard let first = try await firstSequence(from: time) else { return [] }
        return try await events(after: first - 1, atMost: maximum)
    }

    /// The sequence of the first event from a time on; the next one if there is none yet.
    func sequence(at time: Timestamp) async throws -> UInt64 {
        let next = try lastShown() + 1
        return try await firstSequence(from: time) ?? next
    }

    private func firstSequence(from time: Timestamp) async throws -> UInt64? {
        let now = engine.environment.now()
        guard let plan = try engine.read({ try $0.planHistory(from: time, at: now) }) else { return nil }
        return try await engine.executor.run { [log = engine.log] in
            var first: UInt64?
            try log.forEachEvent(from: plan.start) { entry, _, _ in
                guard entry.sequence <= plan.last else { return false }
                if entry.time >= time, entry.time.isBelievable(at: now) { first = entry.sequence }
                return first == nil
            }
            return first
        }
    }

    /// The latest event with an id.
    func event(id: EventID, source: String?) async throws -> RecordedEvent? {
        let query = EventQuery(id: id, source: source, through: try lastShown())
        return try await run(EventSearch(query, in: maintenance.index, atMost: 1, newestFirst: true)).first
    }

    /// The events that an event caused, in order.
    func events(causedBy id: EventID, atMost maximum: Int) async throws -> [RecordedEvent] {
        try BusLimits.check(takeOf: maximum)
        let query = EventQuery(causedBy: id, through: try lastShown())
        return try await run(EventSearch(query, in: maintenance.index, atMost: maximum, newestFirst: false))
    }

    private func lastShown() throws -> UInt64 {
        try engine.read { state in
            try state.checkOpen()
            return state.lastShown
        }
    }

    /// Searches, and builds the indexes at which the search stops.
    private func run(_ search: EventSearch) async throws -> [RecordedEvent] {
        var search = search
        while true {
            let (next, obstacle) = try await engine.executor.run { [search] in
                var search = search
                let obstacle = try search.run()
                return (search, obstacle)
            }
            search = next
            guard let obstacle else { return search.events }
            if let reason = obstacle.reason {
                maintenance.warn(
                    "the index of segment \(obstacle.segment) cannot be used and is built again: \(reason)")
            }
            try await maintenance.rebuildIndex(of: obstacle.segment)
        }
    }
}
