import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// Declarations that cannot be applied: refused as a whole, by the name of the one that is wrong.
@Suite(.timeLimit(.minutes(10))) struct DeclarationCheckTests {
    private let clock = ManualClock()
    private let system = SimulatedFileSystem()

    private func open() async throws -> EmbeddedEventBus {
        try await EmbeddedEventBus.open(
            "/bus", options: .medium, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: system)
    }

    /// Applies declarations behind others that are right, and expects that nothing comes of it.
    private func refuse(
        _ bus: EmbeddedEventBus, _ part: String, undeclared: UndeclaredPolicy = .kept,
        code: TidingsError.Code = .invalid,
        @DeclarationBuilder _ content: () throws -> Declarations
    ) async throws {
        let declarations = try Declarations {
            EventQueue("right")
            EventArchive("right archive", .all, retention: .seconds(60))
            EventRule("right", .all, to: ["right"])
            try content()
            QueueAlarm("right", .unbalancedLedger)
        }
        let count = try system.recordKinds(in: "/bus").count
        let error = await #expect(throws: TidingsError.self) {
            try await bus.apply(declarations, undeclared: undeclared)
        }
        #expect(error?.code == code)
        #expect(error?.message.contains(part) == true, "\(part): \(String(describing: error))")
        #expect(try system.recordKinds(in: "/bus").count == count, "\(part)")
    }

    @Test func `what is out of range or contradicts itself is refused before anything is applied`() async throws {
        let bus = try await open()
        try await refuse(bus, #"queue "" cannot be declared"#) { EventQueue("") }
        try await refuse(bus, #"queue "q" cannot be declared: maximumReceives of queue q is 0"#) {
            EventQueue("q") { $0.maximumReceives = 0 }
        }
        try await refuse(bus, #"queue "q" cannot be declared: retention is"#) {
            EventQueue("q") { $0.retention = .seconds(60) + .nanoseconds(1) }
        }
        try await refuse(bus, #"rule "r" cannot be declared: rule r has 0 targets"#) { EventRule("r", .all, to: []) }
        try await refuse(bus, #"rule "r" cannot be declared: it names queue right twice"#) {
            EventRule("r", .all, to: ["right", "right"])
        }
        try await refuse(bus, #"rule "r" cannot be declared: right-dead-letters gets the dead letters of right"#) {
            EventRule("r", .all, to: ["right-dead-letters"])
        }
        try await refuse(bus, #"archive "a" cannot be declared: archive a keeps events for"#) {
            EventArchive("a", .all, retention: .seconds(59))
        }
        try await refuse(bus, #"alarm "a" cannot be declared: alarm a is raised by backlog above -1"#) {
            QueueAlarm("a", .backlog(above: -1))
        }
        try await refuse(bus, "queue right is declared twice") { EventQueue("right") }
        try await refuse(bus, "rule right is declared twice") { EventRule("right", .all, to: ["right"]) }
        try await refuse(bus, "archive right archive is declared twice") {
            EventArchive("right archive", .all, retention: .seconds(60))
        }
        try await refuse(bus, "alarm right is declared twice") { QueueAlarm("right", .unbalancedLedger) }
        try await refuse(bus, "archive right-dead-letters cannot be declared") {
            EventArchive("right-dead-letters", .all, retention: .seconds(60))
        }
        try await refuse(bus, "right-dead-letters is the dead-letter queue of right as well") {
            EventQueue("q") { $0.deadLetterQueue = "right-dead-letters" }
        }
        try await refuse(bus, #"queue "b" cannot be declared: it gets the dead letters of a"#) {
            EventQueue("b") { $0.deadLetterQueue = "c" }
            EventQueue("a") { $0.deadLetterQueue = "b" }
        }
        #expect(try await bus.rules().isEmpty)
        await bus.close()
    }

    @Test func `what cannot stand beside what is there is refused before anything is applied`() async throws {
        let bus = try await open()
        _ = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        try await bus.declareQueue("there")
        try await bus.declareArchive(EventArchive("kept", .all, retention: .seconds(60)))
        try await refuse(bus, #"queue "group" cannot be declared: group is a consumer group"#) { EventQueue("group") }
        try await refuse(bus, #"queue "kept" cannot be declared: kept is an archive"#) { EventQueue("kept") }
        try await refuse(bus, #"queue "q" cannot be declared: there has a dead-letter queue itself"#) {
            EventQueue("q") { $0.deadLetterQueue = "there" }
        }
        try await refuse(bus, #"queue "q" cannot be declared: there-dead-letters gets the dead letters of there"#) {
            EventQueue("q") { $0.deadLetterQueue = "there-dead-letters" }
        }
        try await refuse(bus, #"archive "there" cannot be declared: there is a queue"#) {
            EventArchive("there", .all, retention: .seconds(60))
        }
        try await refuse(bus, #"rule "r" cannot be declared: there is no queue named missing"#) {
            EventRule("r", .all, to: ["right", "missing"])
        }
        try await refuse(bus, #"rule "r" cannot be declared: there-dead-letters gets dead letters"#) {
            EventRule("r", .all, to: ["there-dead-letters"])
        }
        for policy in [UndeclaredPolicy.removedIfUnused, .removedWithEvents] {
            try await refuse(
                bus, #"rule "r" cannot be declared: its queue there is not declared"#, undeclared: policy,
                { EventRule("r", .all, to: ["there"]) })
        }
        await bus.close()
    }

    @Test func `a rule may name a queue that is there and not declared`() async throws {
        let bus = try await open()
        try await bus.declareQueue("there")
        let declarations = Declarations(rules: [EventRule("r", .all, to: ["there"])])
        #expect(try await bus.apply(declarations).map(\.description) == ["rule r was made"])
        await bus.close()
    }

    @Test func `an archive that a replay reads is not removed, and nothing else is then`() async throws {
        let bus = try await open()
        try await bus.declareQueue("there")
        try await bus.declareArchive(EventArchive("kept", .all, retention: .seconds(60)))
        try await bus.publish((1...100).map { .numbered($0) })
        try await bus.startReplay(EventReplay("slow", of: "kept", queues: ["there"], rate: 1))
        let error = await #expect(throws: TidingsError.self) {
            try await bus.apply(Declarations(), undeclared: .removedWithEvents)
        }
        #expect(error?.message == "replay slow reads archive kept; cancel it first")
        #expect(
            try await bus.differences(from: Declarations()).map(\.name) == ["there", "there-dead-letters", "kept"])
        await bus.close()
    }

    @Test func `more than a bus can have is refused with the number that is there`() async throws {
        let bus = try await open()
        try await bus.declareAlarm(QueueAlarm("there", .unbalancedLedger))
        try await refuse(bus, "the bus has 1 alarms, and 1000 more are declared; it can have 1000", code: .overloaded) {
            for number in 1..<1000 { QueueAlarm("alarm \(number)", .unbalancedLedger) }
        }
        await bus.close()
    }
}
