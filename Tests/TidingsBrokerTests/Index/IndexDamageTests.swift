import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsTesting

/// Index files that are damaged, foreign, or refused by the disk, while the answers stay right.
@Suite(.timeLimit(.minutes(10))) struct IndexDamageTests {
    @Test func `whatever byte of an index is flipped, the answers are right and nothing crashes`() async throws {
        var fixture = IndexFixture(seed: 11)
        let bus = try await fixture.open()
        while try fixture.system.files(in: IndexFixture.folder).filter({ $0.hasSuffix(".log") }).count < 4 {
            try await fixture.publish(1, ids: 20, to: bus)
        }
        await bus.close()
        let log = try fixture.openLog()
        let index = EventIndex(log, directory: IndexFixture.folder, fileSystem: fixture.system)
        try index.build(1)
        let queries = [
            (query: EventQuery(id: "event-3", source: nil, through: .max), newestFirst: true),
            (query: EventQuery(causedBy: "event-4", through: .max), newestFirst: false),
        ]
        // Without any other index: the segment's own answer is what is looked at.
        let expected = try queries.map { try index.search($0.query, atMost: 50, newestFirst: $0.newestFirst).events }
        #expect(expected.allSatisfy { !$0.isEmpty })
        let file = try #require(try fixture.indexFiles().first)
        let size = try fixture.system.contents(of: file).count
        #expect(size == 3 * 4096)
        var refused = 0
        for offset in 0..<size {
            try fixture.system.flip(byteAt: offset, of: file, mask: offset.isMultiple(of: 2) ? 0xFF : 0x01)
            for (number, query) in queries.enumerated() {
                let answer = try index.search(query.query, atMost: 50, newestFirst: query.newestFirst)
                if answer.events != expected[number] { Issue.record("byte \(offset), query \(number)") }
                if answer.obstacles.contains(1) { refused += 1 }
            }
            try fixture.system.flip(byteAt: offset, of: file, mask: offset.isMultiple(of: 2) ? 0xFF : 0x01)
        }
        // Each look-up reads the head and the one page of its table.
        #expect(refused == 4 * 4096)
        log.close()
    }

    @Test func `a damaged index is built again by the look-up that finds it`() async throws {
        var fixture = IndexFixture(seed: 12)
        let bus = try await fixture.open()
        try await fixture.publish(80, ids: 40, to: bus)
        try await bus.expectLookUps(ids: 40)
        let files = try fixture.indexFiles()
        let good = try files.map { try fixture.system.contents(of: $0) }
        for (number, file) in files.enumerated() {
            switch number % 4 {
            case 0: try fixture.system.flip(byteAt: 4096, of: file)
            case 1: try fixture.system.truncate(file, to: 4096)
            case 2: try fixture.system.truncate(file, to: 0)
            // A later version, or one with features that this one does not know.
            default: try fixture.system.flip(byteAt: 12, of: file, mask: 1)
            }
        }
        try await bus.expectLookUps(ids: 40)
        #expect(try files.map { try fixture.system.contents(of: $0) } == good)
        await bus.close()
    }

    @Test func `an index of another segment is not believed`() async throws {
        var fixture = IndexFixture(seed: 13)
        let bus = try await fixture.open()
        try await fixture.publish(80, ids: 40, to: bus)
        try await bus.expectLookUps(ids: 40)
        let files = try fixture.indexFiles()
        try fixture.system.rename(files[1], to: files[0])
        try await bus.expectLookUps(ids: 40)
        #expect(try fixture.indexFiles() == files)
        await bus.close()
    }

    @Test(arguments: [SimulatedFileSystem.Operation.write, .synchronize, .rename])
    func `an index that cannot be written is done without`(operation: SimulatedFileSystem.Operation) async throws {
        var fixture = IndexFixture(seed: 14)
        let bus = try await fixture.open()
        try await fixture.publish(80, ids: 20, to: bus)
        fixture.system.fail(operation, of: ".index.tmp", with: .error(5))
        try await bus.expectLookUps(ids: 20)
        #expect(try fixture.system.files(in: IndexFixture.folder).filter { $0.contains("index") } == [])
        #expect(await bus.health().isConnected)
        fixture.system.clearFaults()
        try await bus.expectLookUps(ids: 20)
        #expect(try fixture.indexFiles().count > 2)
        await bus.close()
    }

    @Test func `an index that cannot be read is done without`() async throws {
        var fixture = IndexFixture(seed: 15)
        let bus = try await fixture.open()
        try await fixture.publish(80, ids: 20, to: bus)
        try await bus.expectLookUps(ids: 20)
        fixture.system.fail(.read, of: ".index", with: .error(5))
        try await bus.expectLookUps(ids: 20)
        await bus.close()
    }

    @Test func `what is left of segments that are gone is removed, and nothing else`() async throws {
        var fixture = IndexFixture(seed: 16)
        let bus = try await fixture.open()
        try await fixture.publish(80, ids: 20, to: bus)
        try await bus.expectLookUps(ids: 20)
        let files = try fixture.system.files(in: IndexFixture.folder)
        for name in ["00000000000000000000.index", "00000000000000009999.index", "00000000000000000002.index.tmp"] {
            _ = try fixture.system.open(IndexFixture.folder + "/" + name, .create)
        }
        #expect(try bus.eventIndex.removeStale() == [])
        #expect(try fixture.system.files(in: IndexFixture.folder) == files)
        try bus.eventIndex.remove(2)
        #expect(try bus.eventIndex.removeStale() == [2])
        await bus.close()
    }
}
