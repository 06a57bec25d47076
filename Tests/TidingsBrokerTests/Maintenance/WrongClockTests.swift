import Logging
import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// A wall clock that jumps, ahead and back, while events are published.
@Suite(.timeLimit(.minutes(10))) struct WrongClockTests {
    private static let folder = "/data/bus"
    private static let decades = Duration.seconds(70 * 365 * 86_400)
    private let clock = ManualClock()
    private let system = SimulatedFileSystem()

    private func open(
        _ change: (inout EmbeddedOptions) -> Void = { _ in }, logger: Logger = .quiet
    ) async throws -> EmbeddedEventBus {
        var options = EmbeddedOptions()
        options.segmentBytes = 8 << 10
        change(&options)
        return try await EmbeddedEventBus.open(
            Self.folder, options: options, logger: logger, environment: .seeded(1, clock: clock), fileSystem: system)
    }

    private func publish(_ bus: EmbeddedEventBus, _ numbers: Range<Int>) async throws {
        for number in numbers { try await bus.publish([.numbered(number, padding: 400)]) }
    }

    /// Publishes an event while the clock is wrong.
    private func publish(_ bus: EmbeddedEventBus, _ number: Int, offBy error: Duration) async throws {
        clock.jump(by: error)
        try await bus.publish([.numbered(number, padding: 400)])
        clock.jump(by: .zero - error)
    }

    @Test(arguments: [false, true])
    func `later events have their own time, and a retry long after is another event`(isOpenedAgain: Bool) async throws {
        var bus = try await open()
        try await publish(bus, 0..<1)
        try await publish(bus, 1, offBy: Self.decades)
        try await publish(bus, 2..<3)
        let events = try await bus.events(after: 0, atMost: 10)
        #expect(events.map(\.event.number) == [0, 1, 2])
        #expect(events.map(\.time) == [clock.now(), clock.now() + Self.decades, clock.now()])
        if isOpenedAgain {
            await bus.close()
            bus = try await open()
        }
        #expect(try await bus.publish([.numbered(1, padding: 400)]).map(\.isDuplicate) == [true])
        clock.advance(by: .seconds(30 * 86_400))
        if isOpenedAgain {
            await bus.close()
            bus = try await open()
        }
        #expect(try await bus.publish([.numbered(1, padding: 400)]).map(\.isDuplicate) == [false])
        await bus.close()
    }

    @Test func `a clock that is set ahead for a while takes nothing from queues, archives and logs`() async throws {
        let bus = try await open {
            $0.checkpointBytes = 16 << 10
            $0.retention = .seconds(86_400)
        }
        try await bus.declareQueue("orders")
        try await bus.declareRule(EventRule("all", .all, to: ["orders", .log("audit")]))
        try await bus.declareArchive(EventArchive("archive", .all, retention: .seconds(30 * 86_400)))
        try await publish(bus, 0..<100)
        try await bus.waitForEventLog("audit", clock)
        clock.jump(by: Self.decades)
        for _ in 0..<3 { await bus.runMaintenance() }
        // A look of a consumer takes nothing away either.
        let consumer = try await bus.consumer(ofQueue: "orders")
        if try await consumer.depth().pending > 0 { _ = try await consumer.next(atMost: 1) }
        clock.jump(by: .zero - Self.decades)
        #expect(try await bus.ledger(of: "orders").expired == 0)
        #expect(try await bus.archives().map(\.count) == [100])
        #expect(try system.lines(of: "audit", in: Self.folder).count == 100)
        #expect(try await bus.events(after: 0, atMost: 1000).count == 100)
        await bus.close()
    }

    @Test(arguments: [decades, .seconds(3600), .seconds(-3600), .zero - decades])
    func `a retry is recognised for two minutes that pass, wherever the clock jumps`(_ jump: Duration) async throws {
        let bus = try await open()
        try await publish(bus, 0..<1)
        clock.jump(by: jump)
        clock.advance(by: .seconds(100))
        #expect(try await bus.publish([.numbered(0, padding: 400)]).map(\.isDuplicate) == [true])
        clock.advance(by: .seconds(25))
        #expect(try await bus.publish([.numbered(0, padding: 400)]).map(\.isDuplicate) == [false])
        await bus.close()
    }

    @Test(arguments: [false, true], [0, 99])
    func `old events go by age though one was dated decades ahead`(isOpenedAgain: Bool, place: Int) async throws {
        let change: (inout EmbeddedOptions) -> Void = { $0.retention = .seconds(3600) }
        var bus = try await open(change)
        try await publish(bus, 0..<place)
        try await publish(bus, place, offBy: Self.decades)
        try await publish(bus, place + 1..<100)
        clock.advance(by: .seconds(1800))
        try await publish(bus, 100..<150)
        if isOpenedAgain {
            await bus.close()
            bus = try await open(change)
        }
        clock.advance(by: .seconds(1801))
        for _ in 0..<3 { await bus.runMaintenance() }
        let oldest = try await bus.events(after: 0, atMost: 1).first?.event.number ?? 0
        #expect(oldest > 80 && oldest <= 100)
        await bus.close()
    }

    @Test func `young events stay though one behind them was dated decades ago`() async throws {
        let bus = try await open { $0.retention = .seconds(3600) }
        try await publish(bus, 0..<100)
        for number in 100..<130 { try await publish(bus, number, offBy: .zero - Self.decades) }
        try await publish(bus, 130..<200)
        clock.advance(by: .seconds(1800))
        for _ in 0..<3 { await bus.runMaintenance() }
        #expect(try await bus.events(after: 0, atMost: 1).first?.event.number == 0)
        await bus.close()
    }

    @Test(arguments: [false, true])
    func `events that nobody reads raise their alarm, whatever their time`(isOpenedAgain: Bool) async throws {
        var bus = try await open()
        let group = try await bus.subscribe(Subscription(group: "left", pattern: .all))
        await group.close()
        try await publish(bus, 0, offBy: Self.decades)
        if isOpenedAgain {
            await bus.close()
            bus = try await open()
        } else {
            try await publish(bus, 1..<2)
        }
        #expect(await bus.unreadGroups() == [])
        clock.advance(by: .seconds(3601))
        #expect(await bus.unreadGroups().map(\.name) == ["left"])
        await bus.close()
    }

    @Test func `a time ahead of the clock is named at opening and by health, until it has come`() async throws {
        let lines = LogLines()
        var bus = try await open()
        try await publish(bus, 0, offBy: .seconds(3600))
        try await publish(bus, 1..<2)
        await bus.close()
        bus = try await open(logger: lines.logger)
        #expect(lines.all(.warning).count { $0.contains("ahead of the clock") } == 1)
        #expect(await bus.health().alarms.count { $0.contains("ahead of the clock") } == 1)
        clock.advance(by: .seconds(3600))
        #expect(await bus.health().alarms == [])
        await bus.close()
    }

    @Test func `what is read from a time on begins there, not at an event that was dated ahead`() async throws {
        let bus = try await open()
        try await publish(bus, 0..<10)
        try await publish(bus, 10, offBy: Self.decades)
        try await publish(bus, 11..<20)
        clock.advance(by: .seconds(100))
        let start = clock.now()
        try await publish(bus, 20..<30)
        #expect(try await bus.events(from: start, atMost: 100).map(\.event.number) == Array(20..<30))
        // The clock is set back: what was published at that time or later is all there.
        clock.jump(by: .seconds(-50))
        try await publish(bus, 30..<32)
        clock.advance(by: .seconds(51))
        #expect(try await bus.events(from: start, atMost: 100).map(\.event.number) == Array(20..<32))
        let group = try await bus.subscribe(
            Subscription(group: "late", pattern: .all, start: .time(start)))
        #expect(try await group.take(10).map(\.event.number) == Array(20..<30))
        await bus.close()
    }
}
