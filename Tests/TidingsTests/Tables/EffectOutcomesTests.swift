import Testing
import Tidings

@Suite(.timeLimit(.minutes(1))) struct EffectOutcomesTests {
    @Test func `the first outcome of an effect stays, for each consumer`() async throws {
        try await Bench.with { bench in
            let event = try bench.envelope(of: Placed(order: "a"), id: "e")
            try await bench.database.transaction { transaction in
                let outcomes = EffectOutcomes(consumer: "stock")
                try outcomes.record([(event, EventBytes("1"))], at: transaction.now, in: transaction)
                try outcomes.record([(event, EventBytes("2"))], at: transaction.now, in: transaction)
                #expect(try outcomes.find(["e", "f"], in: transaction) == [EventKey(event): EventBytes("1")])
                #expect(try outcomes.find([], in: transaction).isEmpty)
                #expect(try EffectOutcomes(consumer: "mail").find(["e"], in: transaction).isEmpty)
            }
        }
    }

    @Test func `pruning keeps what is young and what a parked event still needs`() async throws {
        try await Bench.with { bench in
            let events = try ["old", "young", "parked"].map { id in
                try bench.envelope(of: Placed(order: id), id: EventID(id))
            }
            try await bench.database.transaction { transaction in
                let (outcomes, now) = (EffectOutcomes(consumer: "stock"), transaction.now)
                for (event, age) in zip(events, [100, 1, 100]) {
                    try outcomes.record([(event, EventBytes("1"))], at: now + .seconds(-age), in: transaction)
                }
                try ParkedEvents(consumer: "stock", afterDeadLetter: .continue)
                    .insert(waiting: events[2], at: now, in: transaction)
                #expect(try outcomes.prune(before: now + .seconds(-10), limit: 10, in: transaction) == 1)
                let left = try outcomes.find(events.map(\.id), in: transaction)
                #expect(Set(left.keys) == Set(events[1...].map(EventKey.init)))
            }
        }
    }
}
