import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// Archives, and the replays of what they keep.
@Suite(.timeLimit(.minutes(10))) struct ArchiveTests {
    private let folder: TemporaryFolder
    private let clock = ManualClock()

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(
        _ folder: TemporaryFolder? = nil, _ options: EmbeddedOptions = .medium
    ) async throws -> EmbeddedEventBus {
        try await EmbeddedEventBus.open(
            (folder ?? self.folder).path, options: options, logger: .quiet, environment: .seeded(1, clock: clock))
    }

    /// An archive of all events, and two queues that no rule fills.
    private func declare(_ bus: EmbeddedEventBus) async throws {
        try await bus.declareArchive(EventArchive("all", .all, retention: .seconds(90 * 86_400)))
        try await bus.declareQueue("one")
        try await bus.declareQueue("two")
    }

    private func publish(_ numbers: ClosedRange<Int>, _ bus: EmbeddedEventBus) async throws {
        try await bus.publish(numbers.map { .numbered($0) })
    }

    private func status(_ name: String, _ bus: EmbeddedEventBus) async throws -> ReplayStatus {
        try #require(try await bus.replays().first { $0.name == name })
    }

    /// Waits until a replay has ended, while its rate lets time pass.
    private func end(of name: String, _ bus: EmbeddedEventBus) async throws -> ReplayStatus {
        while true {
            let status = try await status(name, bus)
            if status.state != .running { return status }
            clock.advance(by: .milliseconds(100))
            await Task.yield()
        }
    }

    @Test func `a replay gives archived events to its queue and to nothing else, marked and in order`() async throws {
        let bus = try await open()
        try await declare(bus)
        let group = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        try await publish(1...50, bus)
        _ = try await group.take(50)
        try await bus.startReplay(EventReplay("again", of: "all", queues: ["one"]))
        let status = try await end(of: "again", bus)
        #expect((status.state, status.total, status.done, status.delivered) == (.completed, 50, 50, 50))
        #expect(status.progress == 1)
        let consumer = try await bus.consumer(ofQueue: "one")
        let deliveries = try await consumer.take(50)
        #expect(deliveries.map(\.event) == (1...50).map { .numbered($0) })
        #expect(deliveries.allSatisfy { $0.replay == "again" && $0.attempt == 1 })
        try await consumer.settle(deliveries.map { .acknowledge($0.receipt) })
        #expect(try await bus.ledger(of: "two").pending == 0)
        #expect(try await bus.ledger(of: "group").published == 50)
        #expect(try await bus.archives().map(\.archived) == [50])
        let ledger = try await bus.ledger(of: "one")
        #expect((ledger.replayed, ledger.published, ledger.acknowledged) == (50, 0, 50))
        #expect(ledger.isBalanced)
        await bus.close()
    }

    @Test func `a replay chooses by time and pattern`() async throws {
        let bus = try await open()
        try await declare(bus)
        try await publish(1...3, bus)
        clock.advance(by: .seconds(100))
        let from = clock.now()
        try await publish(4...8, bus)
        clock.advance(by: .seconds(100))
        let to = clock.now()
        try await publish(9...9, bus)
        let pattern = try EventPattern(json: #"{"data":[{"numeric":[">=",5,"<=",7]}]}"#)
        try await bus.startReplay(EventReplay("some", of: "all", from: from, to: to, pattern: pattern, queues: ["one"]))
        let status = try await end(of: "some", bus)
        #expect((status.total, status.done, status.delivered) == (5, 5, 3))
        let consumer = try await bus.consumer(ofQueue: "one")
        #expect(try await consumer.take(3).map(\.event.number) == [5, 6, 7])
        await bus.close()
    }

    @Test func `an event that waits in its queue is not given to it again`() async throws {
        let bus = try await open()
        try await declare(bus)
        try await publish(1...10, bus)
        try await bus.startReplay(EventReplay("first", of: "all", queues: ["one"]))
        _ = try await end(of: "first", bus)
        try await bus.startReplay(EventReplay("second", of: "all", queues: ["one", "two"]))
        #expect(try await end(of: "second", bus).delivered == 10)
        #expect(try await bus.ledger(of: "one").replayed == 10)
        #expect(try await bus.ledger(of: "two").replayed == 10)
        await bus.close()
    }

    @Test func `an empty range, a name that was used and what is not there are refused with their reason`() async throws
    {
        let bus = try await open()
        try await declare(bus)
        try await publish(1...1, bus)
        try await bus.startReplay(EventReplay("used", of: "all", queues: ["one"]))
        let future = clock.now() + .seconds(10)
        for (replay, reason) in [
            (EventReplay("empty", of: "all", from: future, queues: ["one"]), "holds nothing from"),
            (EventReplay("used", of: "all", queues: ["one"]), "already"),
            (EventReplay("other", of: "none", queues: ["one"]), "no archive named none"),
            (EventReplay("other", of: "all", queues: ["none"]), "no queue named none"),
            (EventReplay("other", of: "all", queues: []), "1 to 100"),
            (EventReplay("other", of: "all", queues: ["one"], rate: 0), "1 to 1,000,000"),
            (EventReplay("other", of: "all", from: future, to: future, queues: ["one"]), "not later"),
            (EventReplay("other", of: "all", queues: ["one-dead-letters"]), "gets dead letters"),
        ] {
            let error = await #expect(throws: TidingsError.self) { try await bus.startReplay(replay) }
            #expect(error?.code == .invalid)
            #expect(error.map { "\($0)" }?.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
        }
        await bus.close()
    }

    @Test func `a replay that is cancelled stops at once, and its queue keeps what it got`() async throws {
        let bus = try await open()
        try await declare(bus)
        try await publish(1...100, bus)
        try await bus.startReplay(EventReplay("slow", of: "all", queues: ["one"], rate: 10))
        while try await status("slow", bus).done < 20 {
            clock.advance(by: .milliseconds(500))
            await Task.yield()
        }
        try await bus.cancelReplay("slow")
        let status = try await status("slow", bus)
        clock.advance(by: .seconds(100))
        for _ in 0..<100 { await Task.yield() }
        #expect(try await self.status("slow", bus) == status)
        #expect(status.state == .cancelled && status.ended != nil)
        #expect(try await bus.ledger(of: "one").pending == status.delivered)
        try await bus.cancelReplay("slow")
        let error = await #expect(throws: TidingsError.self) { try await bus.cancelReplay("none") }
        #expect(error?.code == .invalid)
        await bus.close()
    }

    @Test func `a replay to rules gives each event to the queues of the rules that choose it`() async throws {
        let bus = try await open()
        try await declare(bus)
        try await bus.declareQueue("three")
        try await publish(1...20, bus)
        let small = try EventPattern(json: #"{"data":[{"numeric":["<=",5]}]}"#)
        let even = try EventPattern(json: #"{"data":[2,4,6,8]}"#)
        try await bus.declareRule(EventRule("small", small, to: ["one", .log("audit")]))
        try await bus.declareRule(EventRule("even", even, to: ["one", "two"], isEnabled: false))
        try await bus.declareRule(EventRule("logged", .all, to: [.log("audit")]))
        try await bus.startReplay(EventReplay("again", of: "all", into: .rules(["small", "even"])))
        let status = try await end(of: "again", bus)
        #expect((status.done, status.delivered) == (20, 7 + 4))
        let one = try await bus.consumer(ofQueue: "one").take(7).map(\.event.number)
        #expect(Set(one) == [1, 2, 3, 4, 5, 6, 8])
        let two = try await bus.consumer(ofQueue: "two").take(4).map(\.event.number)
        #expect(Set(two) == [2, 4, 6, 8])
        #expect(try await bus.ledger(of: "three").replayed == 0)
        for (rules, part) in [
            (["none"], "no rule named none"), (["logged"], "no queue"), (["small", "small"], "twice"),
        ] {
            let error = await #expect(throws: TidingsError.self) {
                try await bus.startReplay(EventReplay("other", of: "all", into: .rules(rules)))
            }
            #expect(error?.message.contains(part) == true, "\(rules)")
        }
        await bus.close()
    }

    @Test func `a replay goes on after a restart where it was, and gives no event twice`() async throws {
        let bus = try await open()
        try await declare(bus)
        try await publish(1...100, bus)
        try await bus.startReplay(EventReplay("slow", of: "all", queues: ["one"], rate: 10))
        while try await status("slow", bus).done < 30 {
            clock.advance(by: .milliseconds(500))
            await Task.yield()
        }
        let consumer = try await bus.consumer(ofQueue: "one")
        let first = try await consumer.next(atMost: 10)
        try await consumer.settle(first.map { .acknowledge($0.receipt) })
        await bus.close()
        let again = try await open()
        #expect(try await status("slow", again).done >= 30)
        let ended = try await end(of: "slow", again)
        #expect((ended.done, ended.delivered) == (100, 100))
        let ledger = try await again.ledger(of: "one")
        #expect((ledger.replayed, ledger.acknowledged) == (100, first.count))
        #expect(ledger.isBalanced)
        await again.close()
    }

    @Test func `an archive keeps what it chose while the log drops the rest, and forgets what is too old`() async throws
    {
        var options = EmbeddedOptions.small
        options.retention = .seconds(60)
        let bus = try await open(nil, options)
        let pattern = try EventPattern(json: #"{"data":[{"numeric":["<=",3]}]}"#)
        try await bus.declareArchive(EventArchive("first", pattern, retention: .seconds(3600)))
        try await bus.declareQueue("one")
        for number in 1...60 { try await bus.publish([.numbered(number, padding: 1000)]) }
        clock.advance(by: .seconds(600))
        for _ in 0..<3 { try await bus.checkpoint() }
        await bus.runMaintenance()
        #expect(try await bus.archives().map(\.count) == [3])
        // A group that starts with the oldest gets what is archived, though the log has dropped the rest.
        let group = try await bus.subscribe(Subscription(group: "late", pattern: .all, start: .earliest))
        let seen = try await group.take(3).map(\.event.number)
        #expect(seen == [1, 2, 3])
        try await bus.startReplay(EventReplay("again", of: "first", queues: ["one"]))
        #expect(try await end(of: "again", bus).delivered == 3)
        clock.advance(by: .seconds(3600))
        await bus.runMaintenance()
        let status = try #require(try await bus.archives().first)
        #expect((status.count, status.archived, status.expired) == (0, 3, 3))
        let health = await bus.health()
        #expect(!health.alarms.contains { $0.contains("first") })
        await bus.close()
    }

    @Test func `what expires in an archive on a full disk gives its room back`() async throws {
        let system = SimulatedFileSystem()
        var options = EmbeddedOptions.small
        options.retention = .seconds(60)
        let bus = try await EmbeddedEventBus.open(
            "/bus", options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: system)
        try await bus.declareArchive(EventArchive("all", .all, retention: .seconds(60)))
        for number in 0..<40 { try await bus.publish([.numbered(number, padding: 1000)]) }
        for _ in 0..<2 { try await bus.checkpoint() }
        system.capacity = system.usedBytes
        var number = 40
        await #expect(throws: TidingsError.self) {
            while true {
                try await bus.publish([.numbered(number, padding: 1000)])
                number += 1
            }
        }
        await bus.runMaintenance()
        #expect(try await bus.archives().map(\.count) == [number])
        clock.advance(by: .seconds(600))
        await bus.runMaintenance()
        #expect(try await bus.archives().map(\.count) == [0])
        while (try? await bus.publish([.numbered(number, padding: 1000)])) == nil {
            clock.advance(by: .seconds(10))
            await bus.runMaintenance()
        }
        await bus.close()
    }

    @Test func `an archive that a replay reads is not removed, and no queue takes its name`() async throws {
        let bus = try await open()
        try await declare(bus)
        try await publish(1...100, bus)
        try await bus.startReplay(EventReplay("slow", of: "all", queues: ["one"], rate: 1))
        let refusals: [() async throws -> Void] = [
            { try await bus.removeArchive("all") }, { try await bus.declareQueue("all") },
            { _ = try await bus.subscribe(Subscription(group: "all", pattern: .all)) },
            { try await bus.declareArchive(EventArchive("one", .all, retention: .seconds(60))) },
            { try await bus.declareArchive(EventArchive("new", .all, retention: .seconds(1))) },
            { try await bus.removeGroup("all") },
        ]
        for refusal in refusals {
            let error = await #expect(throws: TidingsError.self) { try await refusal() }
            #expect(error?.code == .invalid)
        }
        try await bus.cancelReplay("slow")
        try await bus.removeArchive("all")
        #expect(try await bus.archives().isEmpty)
        await bus.close()
    }
}
