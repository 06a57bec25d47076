import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsRouting
import TidingsTesting

/// Events that are found by their id, by what caused them and by their time.
@Suite(.timeLimit(.minutes(10))) struct EventLookupTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `look-ups find what a walk through the history finds`(seed: UInt64) async throws {
        var fixture = IndexFixture(seed: seed)
        let bus = try await fixture.open()
        try await fixture.publish(80, ids: 40, to: bus)
        try await bus.expectLookUps(ids: 40)
        let files = try fixture.indexFiles().count
        #expect(files > 3)
        // What is published from now on stands in the open segment, or in segments without an index.
        try await fixture.publish(40, ids: 60, to: bus)
        try await bus.expectLookUps(ids: 60)
        #expect(try fixture.indexFiles().count > files)
        await bus.close()
    }

    @Test func `an empty bus and a bus of one segment answer as well`() async throws {
        var fixture = IndexFixture(seed: 4)
        let bus = try await fixture.open()
        try await bus.expectLookUps(ids: 2)
        #expect(try await bus.events(from: Timestamp(seconds: 0), atMost: 1) == [])
        try await fixture.publish(3, ids: 4, to: bus)
        try await bus.expectLookUps(ids: 4)
        #expect(try fixture.indexFiles() == [])
        await bus.close()
    }

    @Test func `look-ups find the same after a restart, with the indexes that were there and without`() async throws {
        var fixture = IndexFixture(seed: 5)
        var bus = try await fixture.open()
        try await fixture.publish(80, ids: 40, to: bus)
        try await bus.expectLookUps(ids: 40)
        let files = try fixture.indexFiles()
        await bus.close()
        bus = try await fixture.open()
        #expect(try fixture.indexFiles() == files)
        try await bus.expectLookUps(ids: 40)
        try fixture.removeIndexes()
        try await bus.expectLookUps(ids: 40)
        #expect(try fixture.indexFiles() == files)
        await bus.close()
    }

    @Test func `look-ups find what is left after removal and compaction`() async throws {
        var fixture = IndexFixture(seed: 6)
        let bus = try await fixture.open { $0.retentionBytes = 1 }
        let slow = try await bus.subscribe(Subscription(group: "slow", pattern: .all))
        try await fixture.publish(120, ids: 40, to: bus)
        try await bus.expectLookUps(ids: 40)
        let before = try await bus.history()
        let deliveries = try await slow.take(before.count)
        let kept = stride(from: before.count / 4, to: before.count, by: 60)
        try await slow.acknowledge(deliveries.enumerated().filter { !kept.contains($0.offset) }.map(\.element))
        for _ in 0..<3 { await bus.runMaintenance() }
        let left = try await bus.history()
        #expect(left.count < before.count / 2)
        #expect(left.first?.sequence ?? 0 > 1)
        // With indexes that were made before, where they are, and with new ones.
        try await bus.expectLookUps(ids: 40)
        try fixture.removeIndexes()
        try await bus.expectLookUps(ids: 40)
        await bus.close()
    }

    @Test func `an entry whose event was dropped finds nothing`() async throws {
        var fixture = IndexFixture(seed: 7)
        let bus = try await fixture.open()
        try await fixture.publish(40, ids: 20, to: bus)
        try await bus.expectLookUps(ids: 20)
        await bus.close()
        let log = try fixture.openLog()
        let index = EventIndex(log, directory: IndexFixture.folder, fileSystem: fixture.system)
        for segment in log.segments where segment.isSealed {
            let entries = try IndexEntries(of: segment.number, in: log, hash: index.hash)
            try log.compact(segment.number, gainingAtLeast: 0) { position, _ in position.offset / 8 % 3 == 0 }
            let compacted = try #require(log.segments.first { $0.number == segment.number })
            #expect(compacted.isCompacted)
            // The index of what the segment was before, as if a later compaction had come between.
            try index.write(entries, of: compacted)
        }
        for number in 0..<20 {
            let query = EventQuery(causedBy: EventID("event-\(number)"), through: .max)
            let (found, obstacles) = try index.search(query, atMost: 1000, newestFirst: false)
            #expect(obstacles == [])
            try fixture.expect(found, matches: query, in: log)
        }
        log.close()
    }

    @Test func `the index of what a segment was before its compaction is not believed`() async throws {
        var fixture = IndexFixture(seed: 10)
        let bus = try await fixture.open()
        try await fixture.publish(40, ids: 20, to: bus)
        try await bus.expectLookUps(ids: 20)
        await bus.close()
        let log = try fixture.openLog()
        let index = EventIndex(log, directory: IndexFixture.folder, fileSystem: fixture.system)
        try log.compact(2, gainingAtLeast: 0) { position, _ in position.offset / 8 % 3 == 0 }
        let query = EventQuery(causedBy: "event-3", through: .max)
        #expect(try index.search(query, atMost: 1000, newestFirst: false).obstacles == [2])
        try index.build(2)
        #expect(try index.search(query, atMost: 1000, newestFirst: false).obstacles == [])
        log.close()
    }

    @Test func `look-ups go on while events are published, removed and indexed`() async throws {
        var fixture = IndexFixture(seed: 17)
        let bus = try await fixture.open { $0.retentionBytes = 64 << 10 }
        try await fixture.publish(40, ids: 20, to: bus)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for reader in 0..<3 {
                group.addTask {
                    for round in 0..<60 {
                        let id = EventID("event-\((round + reader) % 20)")
                        let caused = try await bus.events(causedBy: id, atMost: 100)
                        #expect(caused.allSatisfy { $0.event.causationID == id })
                        #expect(caused.map(\.sequence) == caused.map(\.sequence).sorted())
                        #expect(try await bus.event(id: id)?.event.id ?? id == id)
                    }
                }
            }
            for _ in 0..<20 {
                try await fixture.publish(10, ids: 20, to: bus)
                await bus.runMaintenance()
            }
            try await group.waitForAll()
        }
        try await bus.expectLookUps(ids: 20)
        await bus.close()
    }

    @Test func `reading from a moment begins with the first event at it or behind it`() async throws {
        var fixture = IndexFixture(seed: 8)
        let bus = try await fixture.open()
        try await fixture.publish(120, ids: 1000, to: bus)
        let history = try await bus.history()
        let times = Set(history.map(\.time)).flatMap { time in
            [-1, 0, 1].map { Timestamp(microseconds: time.microseconds + $0) }
        }
        for time in times {
            let expected = history.filter { $0.time >= time }
            #expect(try await bus.events(from: time, atMost: 7) == Array(expected.prefix(7)))
        }
        await bus.close()
    }

    @Test func `a look-up in a bus that was closed fails, and so does one for no events`() async throws {
        let bus = try await IndexFixture(seed: 9).open()
        let invalid = await #expect(throws: TidingsError.self) { try await bus.events(causedBy: "x", atMost: 0) }
        #expect(invalid?.code == .invalid)
        await bus.close()
        let closed = await #expect(throws: TidingsError.self) { try await bus.event(id: "x") }
        #expect(closed?.code == .closed)
    }
}
