import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// Declarations that are compared with a bus, and applied to it.
@Suite(.timeLimit(.minutes(10))) struct DeclarationTests {
    private let clock = ManualClock()
    private let system = SimulatedFileSystem()

    private func open(_ system: SimulatedFileSystem? = nil) async throws -> EmbeddedEventBus {
        try await EmbeddedEventBus.open(
            "/bus", options: .medium, logger: .quiet, environment: .seeded(1, clock: clock),
            fileSystem: system ?? self.system)
    }

    /// Of everything something, the rules before the queues that they name.
    private func shop(urgent: Bool = true) throws -> Declarations {
        try Declarations {
            EventRule("all", .all, to: ["reports"], description: "analytics")
            if urgent {
                EventRule(
                    "urgent", try EventPattern(json: #"{"data":[{"numeric":[">",5]}]}"#), to: ["orders", "reports"])
            }
            // The dead-letter queue stands before the queue that has it.
            EventQueue("orders-dead-letters") { $0.retention = .seconds(30 * 86_400) }
            for name in ["orders", "reports"] {
                EventQueue(name) { $0.maximumReceives = 5 }
            }
            EventArchive("kept", EventPattern(types: "test.*"), retention: .seconds(86_400))
            QueueAlarm("dead letters", .deadLetters(above: 0), description: "somebody has to look")
            QueueAlarm("slow", .oldestAge(above: .seconds(300)), of: "orders")
        }
    }

    private func sentences(_ bus: EmbeddedEventBus, _ declarations: Declarations) async throws -> [String] {
        try await bus.differences(from: declarations).map(\.description)
    }

    @Test func `declarations make what they say, in an order that works, and the same twice changes nothing`()
        async throws
    {
        let bus = try await open()
        _ = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        let shop = try shop()
        #expect(
            try await sentences(bus, shop) == [
                "queue orders-dead-letters is declared and not there", "queue orders is declared and not there",
                "queue reports is declared and not there", "archive kept is declared and not there",
                "rule all is declared and not there", "rule urgent is declared and not there",
                "alarm dead letters is declared and not there", "alarm slow is declared and not there",
            ])
        #expect(
            try await bus.apply(shop).map(\.description) == [
                "queue orders was made", "queue reports was made", "queue orders-dead-letters was made",
                "archive kept was made", "rule all was made", "rule urgent was made", "alarm dead letters was made",
                "alarm slow was made",
            ])
        #expect(try await bus.rules() == shop.rules)
        #expect(try await bus.archives().map(\.archive) == shop.archives)
        #expect(try await bus.alarms().map(\.alarm) == shop.alarms)
        let count = try system.recordKinds(in: "/bus").count
        #expect(try await sentences(bus, shop) == [])
        #expect(try await bus.apply(shop) == [])
        #expect(try await bus.apply(shop, undeclared: .removedWithEvents) == [])
        #expect(try system.recordKinds(in: "/bus").count == count)
        let killed = try await open(system.afterPowerCut(.nothing))
        #expect(try await sentences(killed, shop) == [])
        await killed.close()
        await bus.close()
        let again = try await open()
        #expect(try await sentences(again, shop) == [])
        #expect(try await again.apply(shop) == [])
        await again.close()
    }

    @Test func `each property that differs is shown with both values, and applied`() async throws {
        let bus = try await open()
        try await bus.apply(try shop())
        var other = try shop()
        other.queues = [
            EventQueue("orders") {
                $0.visibilityTimeout = .milliseconds(1500)
                $0.retention = .seconds(14 * 86_400)
                $0.maximumReceives = 7
                $0.ordering = .none
                $0.deadLetterQueue = "graveyard"
            }, EventQueue("reports") { $0.maximumReceives = 5 },
        ]
        other.rules = [
            EventRule("all", EventPattern(types: "test.v1"), to: ["orders"], isEnabled: false, description: "none"),
            EventRule("urgent", other.rules[1].pattern, to: ["reports", "orders"]),
        ]
        other.archives[0].pattern = .all
        other.archives[0].retention = .seconds(3600)
        other.alarms = [
            QueueAlarm("dead letters", .deadLetters(above: 1), of: "orders", description: "look"),
            QueueAlarm("slow", .backlog(above: 300), of: "orders"),
        ]
        #expect(
            try await sentences(bus, other) == [
                "queue orders differs: visibilityTimeout is 30 seconds and declared as 1 second 500 ms, retention is 4 days "
                    + "and declared as 14 days, maximumReceives is 5 and declared as 7, ordering is key and declared as "
                    + "none, deadLetterQueue is orders-dead-letters and declared as graveyard",
                "queue orders-dead-letters is there and not declared",
                "archive kept differs: pattern is \(EventPattern(types: "test.*")) and declared as \(EventPattern.all), "
                    + "retention is 1 day and declared as 1 hour",
                "rule all differs: pattern is \(EventPattern.all) and declared as \(EventPattern(types: "test.v1")), targets "
                    + #"is queue reports and declared as queue orders, isEnabled is true and declared as false, description "#
                    + #"is "analytics" and declared as "none""#,
                "alarm dead letters differs: condition is deadLetters above 0 and declared as deadLetters above 1, queue is "
                    + #"all and declared as "orders", description is "somebody has to look" and declared as "look""#,
                "alarm slow differs: condition is oldestAge above 5 minutes and declared as backlog above 300",
            ])
        let changes = try await bus.apply(other).map(\.description)
        #expect(changes.count == 5)
        #expect(changes.last == "alarm slow was changed: condition from oldestAge above 5 minutes to backlog above 300")
        #expect(try await sentences(bus, other) == ["queue orders-dead-letters is there and not declared"])
        #expect(try await bus.rules().map(\.targets) == [["orders"], ["orders", "reports"]])
        await bus.close()
    }

    @Test func `the retention of an event log changes with all rules that state it`() async throws {
        let bus = try await open()
        func rules(_ days: Int, _ names: String...) -> Declarations {
            Declarations(
                rules: names.map { EventRule($0, .all, to: [.log("audit", retention: .seconds(days * 86_400))]) })
        }
        try await bus.apply(rules(30, "one", "two"))
        try await bus.apply(rules(60, "two", "one"))
        #expect(try await bus.eventLogs().map(\.retention) == [.seconds(60 * 86_400)])
        #expect(try await sentences(bus, rules(60, "one", "two")).isEmpty)
        // Another rule in their place, which would be refused beside them.
        let error = await #expect(throws: TidingsError.self) { try await bus.apply(rules(90, "three")) }
        #expect(error?.message.contains("which stays") == true)
        try await bus.apply(rules(90, "three"), undeclared: .removedIfUnused)
        #expect(try await bus.eventLogs().map(\.retention) == [.seconds(90 * 86_400)])
        #expect(try await bus.rules().map(\.name) == ["three"])
        var contrary = rules(30, "one")
        contrary.rules += rules(31, "two").rules
        await #expect(throws: TidingsError.self) { try await bus.apply(contrary) }
        await bus.close()
    }

    @Test func `every option of a queue is compared`() {
        let properties = Mirror(reflecting: QueueOptions()).children.compactMap(\.label)
        #expect(Set(properties) == Set(QueueOptions.comparedProperties))
    }

    @Test func `what is not declared is shown and stays, but for what is asked for`() async throws {
        let bus = try await open()
        try await bus.apply(try shop())
        let group = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        for name in ["empty", "full", "used"] { try await bus.declareQueue(name) }
        try await bus.declareArchive(EventArchive("old", EventPattern(types: "none.v1"), retention: .seconds(86_400)))
        try await bus.declareArchive(EventArchive("past", .all, retention: .seconds(86_400)))
        try await bus.declareRule(EventRule("extra", .all, to: ["full"]))
        try await bus.declareAlarm(QueueAlarm("extra", .unbalancedLedger))
        try await bus.publish([.numbered(1)])
        let consumer = try await bus.consumer(ofQueue: "used")
        let shown = [
            "queue empty is there and not declared", "queue empty-dead-letters is there and not declared",
            "queue full is there and not declared", "queue full-dead-letters is there and not declared",
            "queue used is there and not declared", "queue used-dead-letters is there and not declared",
            "archive old is there and not declared", "archive past is there and not declared",
            "rule extra is there and not declared", "alarm extra is there and not declared",
        ]
        #expect(try await sentences(bus, shop()) == shown)
        #expect(try await bus.apply(try shop()) == [])
        #expect(try await sentences(bus, shop()) == shown)
        #expect(
            try await bus.apply(try shop(), undeclared: .removedIfUnused).map(\.description) == [
                "alarm extra was removed", "rule extra was removed", "queue empty was removed",
                "queue empty-dead-letters was removed", "archive old was removed",
            ])
        #expect(
            try await sentences(bus, shop()) == [
                "queue full is there and not declared", "queue full-dead-letters is there and not declared",
                "queue used is there and not declared", "queue used-dead-letters is there and not declared",
                "archive past is there and not declared",
            ])
        #expect(try await bus.ledger(of: "full").pending == 1)
        #expect(
            try await bus.apply(try shop(), undeclared: .removedWithEvents).map(\.description) == [
                "queue full was removed", "queue used was removed", "queue full-dead-letters was removed",
                "queue used-dead-letters was removed", "archive past was removed",
            ])
        #expect(try await sentences(bus, shop()) == [])
        #expect(try await bus.ledger(of: "group").pending == 1)
        let error = await #expect(throws: TidingsError.self) { try await consumer.next(atMost: 1) }
        #expect(error?.code == .closed)
        await group.close()
        await bus.close()
    }
}
