import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsRouting
import TidingsTesting

/// Indexes that come and go with their segments.
@Suite(.timeLimit(.minutes(10))) struct IndexMaintenanceTests {
    private func segments(_ fixture: IndexFixture) throws -> [String] {
        let files = try fixture.system.files(in: IndexFixture.folder).filter { $0.hasSuffix(".log") }
        return files.map { IndexFixture.folder + "/" + $0.dropLast(4) + ".index" }
    }

    @Test func `each round indexes what was sealed and removes the indexes of what it removes`() async throws {
        var fixture = IndexFixture(seed: 31)
        let bus = try await fixture.open { $0.retentionBytes = 1 }
        try await fixture.publish(120, ids: 20, to: bus)
        await bus.runMaintenance()
        let all = try fixture.indexFiles()
        // All but the segment that is being written, and the one that is ready for what comes.
        #expect(all.count > 3)
        #expect(try segments(fixture).starts(with: all))
        for _ in 0..<2 { await bus.runMaintenance() }
        #expect(try fixture.indexFiles().count < all.count)
        #expect(try Set(fixture.indexFiles()).isSubset(of: segments(fixture)))
        try await bus.expectLookUps(ids: 20)
        await bus.close()
    }

    @Test func `a segment that was compacted gets an index of what is left`() async throws {
        var fixture = IndexFixture(seed: 32)
        let bus = try await fixture.open { $0.retentionBytes = 1 }
        let slow = try await bus.subscribe(Subscription(group: "slow", pattern: .all))
        try await fixture.publish(60, ids: 1000, to: bus)
        await bus.runMaintenance()
        let first = try #require(try fixture.indexFiles().first)
        let before = try fixture.system.contents(of: first)
        let count = try await bus.history().count
        let deliveries = try await slow.take(count)
        try await slow.acknowledge(deliveries.dropFirst())
        for _ in 0..<2 { await bus.runMaintenance() }
        #expect(try fixture.indexFiles().first == first)
        #expect(try fixture.system.contents(of: first) != before)
        await bus.close()
    }

    @Test func `opening removes the indexes of segments that are gone, and works without if it cannot`() async throws {
        var fixture = IndexFixture(seed: 33)
        var bus = try await fixture.open()
        try await fixture.publish(60, ids: 20, to: bus)
        await bus.runMaintenance()
        await bus.close()
        let files = try fixture.indexFiles()
        let stale = IndexFixture.folder + "/00000000000000009999.index"
        _ = try fixture.system.open(stale, .create)
        fixture.system.fail(.remove, of: ".index", times: 1, with: .error(5))
        bus = try await fixture.open()
        #expect(try fixture.indexFiles() == files + [stale])
        await bus.close()
        bus = try await fixture.open()
        #expect(try fixture.indexFiles() == files)
        try await bus.expectLookUps(ids: 20)
        await bus.close()
    }

    @Test func `on a full disk no index takes what room there is`() async throws {
        var fixture = IndexFixture(seed: 34)
        let bus = try await fixture.open()
        try await fixture.publish(60, ids: 20, to: bus)
        fixture.system.capacity = fixture.system.usedBytes
        while await bus.health().isConnected { try? await fixture.publish(1, ids: 20, to: bus) }
        await bus.runMaintenance()
        #expect(try fixture.indexFiles() == [])
        try await bus.expectLookUps(ids: 20)
        fixture.system.capacity = .max
        await bus.close()
    }
}
