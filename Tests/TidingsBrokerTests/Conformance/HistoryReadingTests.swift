import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsTesting

/// Reading what was published, without a group.
@Suite(.timeLimit(.minutes(10))) struct HistoryReadingTests {
    private let system = SimulatedFileSystem()

    private func open() async throws -> EmbeddedEventBus {
        try await EmbeddedEventBus.open(
            "/bus", options: .small, logger: .quiet, environment: .seeded(1), fileSystem: system)
    }

    @Test(arguments: [0, 1, 100])
    func `nothing stands behind the last sequence that there can be`(count: Int) async throws {
        let bus = try await open()
        try await bus.publish((0..<count).map { .numbered($0) })
        let sequences: [UInt64] = [.max, .max - 1, UInt64(count), UInt64(count + 1)]
        for sequence in sequences {
            #expect(try await bus.events(after: sequence, atMost: 1) == [])
            #expect(try await bus.events(after: sequence, atMost: 10_000) == [])
        }
        await bus.close()
    }

    @Test func `pages of seven hold every event once and in order`() async throws {
        var bus = try await open()
        var published = 0
        // Batches that no page fits, over several segments.
        for size in [1, 2, 3, 5, 7, 8, 13, 14, 15, 70, 100, 1, 1, 1, 60] {
            try await bus.publish((published..<published + size).map { .numbered($0, padding: $0 % 90) })
            published += size
        }
        #expect(try system.files(in: "/bus").filter { $0.hasSuffix(".log") }.count > 3)
        for _ in 0..<2 {
            var numbers: [Int] = []
            var sequences: [UInt64] = []
            while sequences.count <= published {
                let page = try await bus.events(after: sequences.last ?? 0, atMost: 7)
                numbers += page.map(\.event.number)
                sequences += page.map(\.sequence)
                guard page.count == 7 else { break }
            }
            #expect(numbers == Array(0..<published))
            #expect(sequences == Array(1...UInt64(published)))
            await bus.close()
            bus = try await open()
        }
        await bus.close()
    }
}
