import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsTesting

/// A simulated folder with many small segments, and events that share ids, sources and causes.
struct IndexFixture {
    static let folder = "/data/bus"
    static let sources = ["/orders", "/stock", "/payment"]

    let clock = ManualClock()
    let system = SimulatedFileSystem()
    private var random: SplitMix64

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    func open(_ change: (inout EmbeddedOptions) -> Void = { _ in }) async throws -> EmbeddedEventBus {
        var options = EmbeddedOptions()
        options.segmentBytes = 16 << 10
        change(&options)
        return try await EmbeddedEventBus.open(
            Self.folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: system)
    }

    /// The log of a bus that was closed.
    func openLog() throws -> Log {
        try Log.open(directory: Self.folder, fileSystem: system, replay: { _, _ in })
    }

    /// Publishes batches in which ids come again from other sources, and after a while from the same one.
    mutating func publish(_ batches: Int, ids: Int, to bus: EmbeddedEventBus) async throws {
        for _ in 0..<batches {
            let batch = (0..<Int.random(in: 1...9, using: &random)).map { _ in event(ids: ids) }
            try await bus.publish(batch)
            clock.advance(by: .seconds(Int.random(in: 0...60, using: &random)))
        }
    }

    private mutating func event(ids: Int) -> Envelope {
        let cause = Int.random(in: 0..<ids * 2, using: &random)
        let padding = Int.random(in: 0...200, using: &random)
        return Envelope(
            id: EventID("event-\(Int.random(in: 0..<ids, using: &random))"),
            source: Self.sources[Int.random(in: 0..<Self.sources.count, using: &random)], type: "test.v1",
            subject: Bool.random(using: &random) ? "key" : nil, time: Timestamp(seconds: 1000),
            causationID: cause < ids ? EventID("event-\(cause)") : nil,
            data: EventBytes("0" + String(repeating: " ", count: padding)))
    }

    /// The names of the index files, with their folder.
    func indexFiles() throws -> [String] {
        try system.files(in: Self.folder).filter { $0.hasSuffix(".index") }.map { Self.folder + "/" + $0 }
    }

    func removeIndexes() throws {
        for file in try indexFiles() { try system.remove(file) }
    }
}

extension EmbeddedEventBus {
    /// All that is kept.
    func history() async throws -> [RecordedEvent] {
        var history: [RecordedEvent] = []
        while true {
            let page = try await events(after: history.last?.sequence ?? 0, atMost: 1000)
            guard !page.isEmpty else { return history }
            history += page
        }
    }

    /// Expects of every look-up what a walk through the whole history finds.
    func expectLookUps(ids: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let history = try await history()
        for number in 0...ids {
            let id = EventID("event-\(number)")
            let all = history.filter { $0.event.id == id }
            #expect(try await event(id: id) == all.last, sourceLocation: sourceLocation)
            for source in IndexFixture.sources {
                let latest = all.last { $0.event.source == source }
                #expect(try await event(id: id, source: source) == latest, sourceLocation: sourceLocation)
            }
            let caused = history.filter { $0.event.causationID == id }
            for maximum in [2, 1000] {
                let expected = Array(caused.prefix(maximum))
                #expect(try await events(causedBy: id, atMost: maximum) == expected, sourceLocation: sourceLocation)
            }
        }
    }
}

extension EventIndex {
    /// Searches without building an index on the way.
    func search(
        _ query: EventQuery, atMost maximum: Int, newestFirst: Bool
    ) throws -> (events: [RecordedEvent], obstacles: [UInt64]) {
        var search = EventSearch(query, in: self, atMost: maximum, newestFirst: newestFirst)
        var obstacles: [UInt64] = []
        while let obstacle = try search.run() { obstacles.append(obstacle.segment) }
        return (search.events, obstacles)
    }
}
