import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsTesting

/// Different ids under the same hash.
@Suite(.timeLimit(.minutes(10))) struct IndexCollisionTests {
    /// Hashes that collide, or are not spread evenly.
    enum Hash: CaseIterable {
        case same
        case greatest
        case four
        case small
        case crowded

        func callAsFunction(_ bytes: RawSpan) -> UInt64 {
            let hash = XXH64.hash(bytes, seed: 1)
            return switch self {
            case .same: 7
            case .greatest: .max
            case .four: hash & 3 == 3 ? .max : hash & 3
            case .small: hash & 0xFFFF
            case .crowded: hash % 10 == 0 ? hash : .max - hash & 0xFF
            }
        }
    }

    @Test(arguments: Hash.allCases)
    func `events are found whatever the hash makes of their ids`(hash: Hash) async throws {
        var fixture = IndexFixture(seed: 21)
        // One sealed segment of some thousand events: tables of many pages.
        let bus = try await fixture.open { $0.segmentBytes = 512 << 10 }
        try await fixture.publish(900, ids: 700, to: bus)
        await bus.close()
        let log = try fixture.openLog()
        let index = EventIndex(
            log, directory: IndexFixture.folder, fileSystem: fixture.system, hash: { hash($0) })
        for segment in log.segments where segment.isSealed { try index.build(segment.number) }
        #expect(try fixture.system.contents(of: try #require(try fixture.indexFiles().first)).count > 8 * 4096)
        for number in stride(from: 0, through: 705, by: 47) {
            let id = EventID("event-\(number)")
            let byID = EventQuery(id: id, source: nil, through: .max)
            let latest = try index.search(byID, atMost: 1, newestFirst: true)
            #expect(latest.obstacles == [])
            try fixture.expect(latest.events, matches: byID, in: log, last: true)
            let caused = EventQuery(causedBy: id, through: .max)
            let answer = try index.search(caused, atMost: 1000, newestFirst: false)
            #expect(answer.obstacles == [])
            try fixture.expect(answer.events, matches: caused, in: log)
        }
        log.close()
    }

    @Test func `entries that lead to other events, or to no record, are not believed`() async throws {
        var fixture = IndexFixture(seed: 22)
        let bus = try await fixture.open()
        try await fixture.publish(80, ids: 40, to: bus)
        try await bus.expectLookUps(ids: 40)
        await bus.close()
        let log = try fixture.openLog()
        let index = EventIndex(log, directory: IndexFixture.folder, fileSystem: fixture.system)
        var offsets: [UInt32] = []
        _ = try log.scan(from: LogPosition(segment: 1, offset: 0), until: LogPosition(segment: 2, offset: 0)) {
            offsets.append($0.offset)
            return !$1.isEmpty
        }
        let first = try #require(log.segments.first)
        let query = EventQuery(id: "event-3", source: nil, through: .max)
        let expected = try index.search(query, atMost: 1000, newestFirst: false).events
        let hash = XXH64.hash(Array("event-3".utf8).span.bytes, seed: 0x7469_6469_6E67_7333)
        func entries(_ offsets: [UInt32]) -> [IndexEntry] {
            offsets.flatMap { offset in (0..<10).map { IndexEntry(hash: hash, offset: offset, number: $0) } }
        }
        // Every event of the segment under the same hash, and more than there are.
        try index.write(IndexEntries(ids: entries(offsets), causations: []), of: first)
        let every = try index.search(query, atMost: 1000, newestFirst: false)
        #expect(every.events == expected)
        #expect(every.obstacles == [])
        // The middle of a record: that index does not serve, and the segment is read.
        try index.write(IndexEntries(ids: entries([offsets[2] + 8]), causations: []), of: first)
        let nowhere = try index.search(query, atMost: 1000, newestFirst: false)
        #expect(nowhere.events == expected)
        log.close()
    }
}

extension IndexFixture {
    /// Expects what reading the whole log finds.
    func expect(
        _ events: [RecordedEvent], matches query: EventQuery, in log: Log, last: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        // An index in a folder where none is: every segment is read.
        let none = EventIndex(log, directory: "/data/none", fileSystem: system)
        let expected = try none.search(query, atMost: last ? 1 : 1000, newestFirst: last)
        #expect(expected.obstacles.count == log.segments.count { $0.isSealed } || last, sourceLocation: sourceLocation)
        #expect(events == expected.events, sourceLocation: sourceLocation)
    }
}
