import Testing
import Tidings

/// An event that no bus takes must not enter an outbox: what stands behind it would wait for ever.
@Suite struct RefusedEventTests {
    private struct Noted: Event {
        static let type: EventType = "noted.v1"
        let subject: String?
    }

    private struct Renoted: LowerableEvent {
        static let type: EventType = "noted.v2"
        let old: String?

        init(old: String?) { self.old = old }
        init(upcasting previous: Noted) { old = previous.subject }
        func lowered() -> Noted { Noted(subject: old) }
    }

    private struct Reminder: Saga {
        typealias ID = String
        enum Stage: String, Codable { case begun }
        var stage = Stage.begun

        static var definition: SagaDefinition<Reminder> {
            Starts(on: TripBooked.self, id: \.trip) { _ in Reminder() }
            When(HotelHeld.self, id: \.trip) { _, _ in [.step("note", compensation: Noted(subject: "a\nb"))] }
        }
    }

    @Test(arguments: ["", "a\u{0}b", "a\nb", String(repeating: "a", count: 1025)])
    func `a subject that is no attribute is refused when it is published`(subject: String) async throws {
        try await Bench.with { bench in
            for publish in [
                { @Sendable in _ = try $0.publish(Noted(subject: subject)) },
                { @Sendable in _ = try $0.publish(Renoted(old: subject)) },
            ] as [@Sendable (Transaction) throws -> Void] {
                let error = await #expect(throws: TidingsError.self) { try await bench.database.transaction(publish) }
                #expect(error?.code == .invalid)
            }
            let left = try await bench.database.read { try $0.query("SELECT place FROM tidings_outbox").count }
            #expect(left == 0)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `an undoing event that could not be published is refused when its step is noted`() async throws {
        try await Bench.with { bench in
            try await bench.running(bench.subscriber("reminders") { SagaHandler(Reminder.self) }, relay: bench.bus) {
                try await bench.database.transaction { transaction in
                    try transaction.publish(TripBooked(trip: "t-1", nights: 2))
                    try transaction.publish(HotelHeld(trip: "t-1"))
                }
                try await bench.until { try await bench.database.deadLetterCount() == 1 }
                let letter = try await bench.database.deadLetters(matching: .init(consumer: "reminders")).first
                #expect(letter?.event.type == HotelHeld.type)
                #expect(letter?.error.contains("control character") == true)
            }
        }
    }

    @Test func `a source that no event may have is refused when the database is opened`() async throws {
        try await Bench.with { bench in
            let error = await #expect(throws: TidingsError.self) {
                try await ServiceDatabase(bench.engine(), service: "shop", source: "")
            }
            #expect(error?.code == .invalid)
        }
    }
}
