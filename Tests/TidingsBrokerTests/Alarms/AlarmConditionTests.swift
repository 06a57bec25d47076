import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// What alarms find in queues, consumer groups and archives.
@Suite(.timeLimit(.minutes(10))) struct AlarmConditionTests {
    private let bench = AlarmBench()

    /// A bus with a queue that gets everything.
    private func open(receives: Int = 2) async throws -> EmbeddedEventBus {
        let bus = try await bench.open()
        try await bus.declareQueue("orders", options(receives))
        try await bus.declareRule(EventRule("all", .all, to: ["orders"]))
        return bus
    }

    private func options(_ receives: Int) -> QueueOptions {
        var options = QueueOptions()
        options.maximumReceives = receives
        options.ordering = .none
        return options
    }

    private func value(_ name: String, _ bus: EmbeddedEventBus) async throws -> AlarmStatus.Value? {
        try await bench.status(name, bus).value
    }

    @Test func `a dead letter is found by any name of its queue, though nobody receives any more`() async throws {
        let bus = try await open(receives: 1)
        try await bus.declareQueue("quiet")
        try await bus.declareAlarm(QueueAlarm("all", .deadLetters(above: 0)))
        try await bus.declareAlarm(QueueAlarm("letters", .deadLetters(above: 0), of: "orders-dead-letters"))
        try await bus.declareAlarm(QueueAlarm("queue", .deadLetters(above: 0), of: "orders"))
        try await bus.declareAlarm(QueueAlarm("quiet", .deadLetters(above: 0), of: "quiet"))
        try await bus.publish([.numbered(1), .numbered(2)])
        let consumer = try await bus.consumer(ofQueue: "orders")
        #expect(try await consumer.next(atMost: 2).count == 2)
        try await bench.look(2)
        #expect(try await bus.alarms().map(\.state) == [.ok, .ok, .ok, .ok])
        try await bench.look(4)
        #expect(try await bus.alarms().map(\.state) == [.alarm, .alarm, .alarm, .ok])
        for name in ["all", "letters", "queue"] {
            let status = try await bench.status(name, bus)
            #expect(status.summary == "orders-dead-letters holds 2 dead letters; the alarm allows 0")
        }
        #expect(try await value("quiet", bus) == .count(0))
        await bus.close()
    }

    @Test func `the oldest event that is not done is as old as it is here, whatever brought it`() async throws {
        let bus = try await open(receives: 1)
        let group = try await bus.subscribe(
            Subscription(group: "group", pattern: .all, visibilityTimeout: .seconds(86_400)))
        for name in ["all", "orders", "group", "orders-dead-letters"] {
            try await bus.declareAlarm(
                QueueAlarm(name, .oldestAge(above: .seconds(300)), of: name == "all" ? nil : name))
        }
        try await bus.publish([.numbered(1), .numbered(2)])
        let consumer = try await bus.consumer(ofQueue: "orders")
        #expect(try await consumer.next(atMost: 2).count == 2)
        // In flight is not done. What is out of the queue is no matter of the queue.
        #expect(try await group.next(atMost: 2).count == 2)
        try await bench.look(12)
        #expect(try await value("group", bus) == .age(.seconds(120)))
        #expect(try await value("orders", bus) == .age(.seconds(120)))
        #expect(try await bus.deadLetters(in: "orders-dead-letters").count == 2)
        try await bench.look(12)
        #expect(try await value("orders", bus) == .age(.zero))
        #expect(try await value("orders-dead-letters", bus) == .age(.seconds(120)))
        try await bus.redrive(from: "orders-dead-letters", [1])
        try await bench.look(6)
        #expect(try await value("orders", bus) == .age(.seconds(60)))
        #expect(try await bus.alarms().map(\.state) == [.ok, .ok, .ok, .ok])
        try await bench.look(2)
        let raised = try await bus.alarms().filter { $0.state == .alarm }
        #expect(raised.map(\.alarm.name) == ["all", "group"])
        #expect(raised.map(\.queue) == ["group", "group"])
        #expect(
            raised.first?.summary
                == "the oldest event of group is there for 5 minutes 20 seconds; the alarm allows 5 minutes"
        )
        await bus.close()
    }

    @Test func `each receive that fails counts once, within the minute in which that is found`() async throws {
        let bus = try await open(receives: 3)
        try await bus.declareAlarm(QueueAlarm("failures", .failuresPerMinute(above: 4)))
        let consumer = try await bus.consumer(ofQueue: "orders")
        try await bus.publish((1...3).map { .numbered($0) })
        #expect(try await consumer.next(atMost: 10).count == 3)
        try await bench.look(3)
        // What is released in time is no failure, nor is what is acknowledged.
        #expect(try await value("failures", bus) == .count(0))
        bench.clock.advance(by: .seconds(1))
        #expect(try await consumer.next(atMost: 10).map(\.attempt) == [2, 2, 2])
        try await bench.look()
        #expect(try await value("failures", bus) == .count(3))
        try await bench.look(2)
        bench.clock.advance(by: .seconds(1))
        let last = try await consumer.next(atMost: 10)
        #expect(last.map(\.attempt) == [3, 3, 3])
        try await consumer.settle([.acknowledge(last[0].receipt), .release(last[1].receipt)])
        try await bench.look()
        #expect(try await value("failures", bus) == .count(6))
        try await bench.look()
        #expect(try await bench.state("failures", bus) == .alarm)
        // The first three are longer ago than a minute; the death of the one that was kept counts with the others.
        try await bench.look(3)
        #expect(try await value("failures", bus) == .count(4))
        try await bench.look(6)
        #expect(try await value("failures", bus) == .count(0))
        await bus.close()
    }

    @Test func `failures of a longer time count by the minute`() async throws {
        let bus = try await open(receives: 1)
        try await bus.declareAlarm(QueueAlarm("failures", .failuresPerMinute(above: 4), of: "orders"))
        try await bus.publish((1...20).map { .numbered($0) })
        let consumer = try await bus.consumer(ofQueue: "orders")
        #expect(try await consumer.next(atMost: 20).count == 20)
        // The process was stopped for ten minutes.
        try await bench.look(1, every: .seconds(600))
        #expect(try await value("failures", bus) == .count(2))
        await bus.close()
    }

    @Test func `counts that do not add up raise their alarm`() async throws {
        let bus = try await open()
        let group = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        try await bus.declareAlarm(QueueAlarm("ledgers", .unbalancedLedger))
        try await bus.publish((1...3).map { .numbered($0) })
        try await bench.look(2)
        let good = try await bench.status("ledgers", bus)
        #expect((good.state, good.value, good.summary) == (.ok, .count(0), "all counts add up"))
        try bus.lose(3, of: "group")
        try await bench.look(2)
        let bad = try await bench.status("ledgers", bus)
        #expect((bad.state, bad.value, bad.queue) == (.alarm, .count(1), "group"))
        #expect(bad.summary == "the counts of group do not add up")
        await group.close()
        await bus.close()
    }

    @Test func `an alarm for all names the worst queue, and counts the others that are above`() async throws {
        let bus = try await open()
        _ = try await bus.subscribe(Subscription(group: "few", pattern: try EventPattern(json: #"{"data":[1]}"#)))
        _ = try await bus.subscribe(
            Subscription(group: "some", pattern: try EventPattern(json: #"{"data":[{"numeric":["<",4]}]}"#)))
        try await bus.declareArchive(EventArchive("kept", .all, retention: .seconds(86_400)))
        try await bus.declareAlarm(QueueAlarm("backlog", .backlog(above: 2)))
        try await bus.publish((1...5).map { .numbered($0) })
        try await bench.look(2)
        let status = try await bench.status("backlog", bus)
        #expect(
            status.summary == "orders has 5 events that are not done; the alarm allows 2, and 1 more is above that")
        await bus.close()
    }

    @Test func `an alarm of what is not there says so, and watches it when it is`() async throws {
        let bus = try await bench.open()
        try await bus.declareArchive(EventArchive("kept", .all, retention: .seconds(86_400)))
        _ = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        try await bus.declareAlarm(QueueAlarm("a", .backlog(above: 0), of: "later"))
        try await bus.declareAlarm(QueueAlarm("b", .backlog(above: 0), of: "kept"))
        try await bus.declareAlarm(QueueAlarm("c", .deadLetters(above: 0), of: "group"))
        try await bus.declareAlarm(QueueAlarm("d", .deadLetters(above: 0)))
        try await bench.look(2)
        let statuses = try await bus.alarms()
        #expect(statuses.map(\.value) == [nil, nil, nil, nil])
        #expect(
            statuses.map(\.summary) == [
                "there is no queue or consumer group to watch by the name of later",
                "there is no queue or consumer group to watch by the name of kept",
                "there is no dead-letter queue to watch by the name of group", "there is no dead-letter queue to watch",
            ])
        try await bus.declareQueue("later")
        try await bus.declareRule(EventRule("all", .all, to: ["later"]))
        try await bus.publish([.numbered(1)])
        try await bench.look(2)
        #expect(try await bench.state("a", bus) == .alarm)
        // What is removed is over.
        try await bus.removeQueue("later")
        try await bench.look(6)
        #expect(try await bench.state("a", bus) == .ok)
        await bus.close()
    }
}
