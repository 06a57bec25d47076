import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsRouting
import TidingsTesting

/// Records that are not what the broker wrote: refused or read, and nothing else.
@Suite struct BrokerRecordTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// The records of a bus that did a little of everything.
    private func records() async throws -> [[UInt8]] {
        let clock = ManualClock()
        let bus = try await EmbeddedEventBus.open(
            folder.path, options: .medium, logger: .quiet, environment: .seeded(1, clock: clock))
        let one = try await bus.subscribe(Subscription(group: "one", pattern: .all))
        _ = try await bus.subscribe(Subscription(group: "other", pattern: EventPattern(types: "test.*", "b.v1")))
        try await bus.publish([.numbered(1, key: "key"), .numbered(2, key: "key"), .numbered(3, padding: 20)])
        let deliveries = try await one.take(3)
        _ = try await one.settle([.release(deliveries[2].receipt), .acknowledge(deliveries[0].receipt)])
        let early = try await bus.subscribe(Subscription(group: "early", pattern: .all, start: .earliest))
        _ = try await early.take(3)
        try await bus.removeGroup("early")
        try await bus.declareAlarm(QueueAlarm("backlog", .backlog(above: 0), of: "one", description: "some"))
        try await clock.waitForSleepers()
        clock.advance(by: .seconds(10))
        while try await bus.alarms().first?.state != .alarm { await Task.yield() }
        try await bus.removeAlarm("backlog")
        try await bus.checkpoint()
        await bus.close()
        var records: [[UInt8]] = []
        try Log.open(directory: folder.path) { _, payload in records.append(payload.withUnsafeBytes { Array($0) }) }
            .close()
        return records
    }

    /// Folds records, up to the first that is refused.
    /// - Returns: whether all were taken.
    private func fold(_ records: [[UInt8]]) throws -> Bool {
        var state = DurableState()
        do throws(TidingsError) {
            for record in records {
                try state.apply(BrokerRecord(record.span.bytes), at: RecordPosition(segment: 1, offset: 4096))
            }
            return true
        } catch {
            #expect(error.code == .corrupt)
            return false
        }
    }

    @Test func `what a bus writes is of every kind, and is read`() async throws {
        let records = try await records()
        #expect(Set(records.compactMap(\.first)) == [1, 2, 3, 4, 5, 6, 7, 8, 24, 25])
        #expect(try fold(records))
    }

    @Test func `a record that was cut or has more than it says is refused`() async throws {
        for record in try await records() {
            for length in record.indices { #expect(!(try fold([Array(record[..<length])])), "\(length) of \(record)") }
            #expect(throws: TidingsError.self) { try BrokerRecord((record + [0]).span.bytes) }
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `a changed record is refused or read`(seed: UInt64) async throws {
        let records = try await records()
        var random = SplitMix64(seed: seed)
        for _ in 0..<1000 {
            var changed = records
            let index = Int.random(in: changed.indices, using: &random)
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let place = Int.random(in: changed[index].indices, using: &random)
                let value = [0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)]
                changed[index][place] = value[Int.random(in: value.indices, using: &random)]
            }
            if Bool.random(using: &random) { changed.append(changed[Int.random(in: changed.indices, using: &random)]) }
            if Bool.random(using: &random) { changed.remove(at: Int.random(in: changed.indices, using: &random)) }
            _ = try fold(changed)
        }
    }

    /// Counts and lengths that promise more than there is, and names of what does not exist.
    @Test(arguments: [
        [], [0], [6], [7], [9], [255], [1], [2], [3], [8, 0],
        // A group without a name, of a name of 4 GiB, and without a pattern.
        [1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        // Four milliards of events, of routes, of queues, of bytes.
        publish + ones(4),
        publish + one + ones(4),
        publish + one + one + one + ones(2),
        publish + one + one + one + [0, 0] + zeros(8) + ones(4),
        // No event, and routes for more than there are.
        publish + zeros(8), publish + one + one + [2, 0, 0, 0] + zeros(2) + zeros(12),
        // An event for a queue that was never made, one whose sequence is not next, and two that reach beyond the last.
        publish + one + one + one + [1, 0] + ones(4) + zeros(12),
        [2] + zeros(8) + [2] + zeros(7) + one + one + one + [0, 0] + zeros(12),
        [2] + zeros(8) + ones(8) + [2, 0, 0, 0] + one + [2, 0, 0, 0] + [0, 0] + zeros(24),
        // Four milliards of runs, a queue that was never made, and a run that is cut.
        [3, 0, 0, 0, 0] + ones(4), [4] + ones(4) + zeros(4), [5, 0, 0, 0, 0, 1, 0, 0, 0] + ones(8),
    ])
    func `a record that lies is refused`(_ record: [UInt8]) throws {
        #expect(!(try fold([record])))
    }

    /// A run of none, one that ends beyond the last sequence there can be, one of events that are not there, and more than
    /// can be out.
    @Test(arguments: [
        [1] + zeros(7) + zeros(4), ones(8) + one, [9] + zeros(7) + one, [1] + zeros(7) + [0xA1, 0x86, 1, 0],
    ])
    func `runs that no queue can have are refused`(_ run: [UInt8]) async throws {
        let group = try #require(try await records().first { $0[0] == 1 })
        #expect(try fold([group]))
        for kind in [3, 4, 5] as [UInt8] {
            #expect(!(try fold([group, [kind] + zeros(4) + one + run])), "kind \(kind)")
        }
    }

    @Test func `a group beyond the limit is refused, and attempts never go below none`() async throws {
        let records = try await records()
        let group = try #require(records.first { $0[0] == 1 })
        let all = (0..<20_001).map { number -> [UInt8] in
            // A name of three letters each.
            let name = [number / 729, number / 27 % 27, number % 27].map { UInt8(96 + $0) }
            let head: [UInt8] = [1, UInt8(number & 255), UInt8(number >> 8), 0, 0, 3, 0, 0, 0]
            return head + name + group[12...]
        }
        #expect(try fold(Array(all.dropLast())))
        #expect(!(try fold(all)))
        let release = try #require(records.first { $0[0] == 5 })
        #expect(try fold(records + Array(repeating: release, count: 5)))
    }

    @Test func `a log that holds a lie does not open`() async throws {
        let log = try Log.open(directory: folder.path) { _, _ in }
        _ = try log.append(([3, 0, 0, 0, 0] + ones(4)).span.bytes, urgency: .sync)
        log.close()
        let error = await #expect(throws: TidingsError.self) {
            try await EmbeddedEventBus.open(folder.path, logger: .quiet)
        }
        #expect(error?.code == .corrupt)
    }
}

/// A publish record up to its count of events, and a count of one.
private let publish: [UInt8] = [2] + zeros(8) + [1] + zeros(7)
private let one: [UInt8] = [1, 0, 0, 0]

private func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }
private func ones(_ count: Int) -> [UInt8] { Array(repeating: 0xFF, count: count) }
