import Testing
import Tidings
import TidingsTesting

/// A saga that asks for something that cannot be, after something that can.
private struct Clumsy: Saga {
    typealias ID = String
    enum Stage: String, Codable { case open, wrong }
    let order: String
    var stage = Stage.open

    static let moods = Dial()

    static var definition: SagaDefinition<Clumsy> {
        Starts(on: Counted.self, id: \.order) { Clumsy(order: $0.order) }
        When(Placed.self, id: \.order) { saga, placed in
            if placed.note == "poison", moods.value == 0 {
                saga.stage = .wrong
                return [.publish(TripLost(trip: saga.order)), .setTimeout("undeclared", after: .seconds(1))]
            }
            return [.publish(HelpWanted(step: placed.note ?? ""))]
        }
    }
}

/// Events that come before their saga is started.
@Suite(.timeLimit(.minutes(1)), .serialized) struct EarlyEventTests {
    @Test func `an early event that is refused leaves no trace of what it had begun`() throws {
        Clumsy.moods.value = 0
        var clumsy = SagaTest<Clumsy>()
        try clumsy.given(Placed(order: "p", note: "poison"))
        try clumsy.given(Placed(order: "p", note: "good"))
        let error = #expect(throws: TidingsError.self) { try clumsy.given(Counted(order: "p", number: 1)) }
        #expect(error?.message.contains("undeclared") == true)
        try clumsy.expect(stage: .open)
        #expect(clumsy.published.map(\.type) == [HelpWanted.type])
    }

    @Test func `later events of its key wait behind an early event that was refused`() async throws {
        try await Bench.with { bench in
            Clumsy.moods.value = 0
            try await bench.running(bench.subscriber("parcels") { SagaHandler(Clumsy.self) }, relay: bench.bus) {
                try await bench.publish(Placed(order: "p", note: "poison"))
                await bench.bus.waitUntilIdle()
                // In one batch.
                try await bench.bus.publish([
                    try bench.envelope(of: Counted(order: "p", number: 1)),
                    try bench.envelope(of: Placed(order: "p", note: "later")),
                ])
                try await bench.until { try await bench.database.saga(Clumsy.self, id: "p")?.status == .running }
                await bench.bus.waitUntilIdle()
                #expect(try await bench.database.parkedEvents().count == 2)
                Clumsy.moods.turn()
                let helped = try await bench.join("helped")
                try await bench.until(advancing: .milliseconds(100)) { try await helped.depth().pending == 2 }
                let steps = try await helped.next(atMost: 10).map { try $0.event.decode(HelpWanted.self).step }
                #expect(steps == ["poison", "later"])
            }
        }
    }
}
