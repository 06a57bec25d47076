import Testing
import Tidings

@Suite(.timeLimit(.minutes(1))) struct EffectOutcomesTests {
    @Test func `the first outcome of an effect stays, for each consumer`() async throws {
        try await Bench.with { bench in
            let event = try bench.envelope(of: Placed(order: "a"), id: "e")
            let other = try bench.envelope(of: Placed(order: "a"), id: "f")
            try await bench.database.transaction { transaction in
                let outcomes = EffectOutcomes(consumer: "stock")
                try outcomes.record(EventBytes("1"), of: event, at: transaction.now, in: transaction)
                try outcomes.record(EventBytes("2"), of: event, at: transaction.now, in: transaction)
                #expect(try outcomes.find([event, other], in: transaction) == [EventKey(event): EventBytes("1")])
                #expect(try outcomes.find([], in: transaction).isEmpty)
                #expect(try EffectOutcomes(consumer: "mail").find([event], in: transaction).isEmpty)
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
                    try outcomes.record(EventBytes("1"), of: event, at: now + .seconds(-age), in: transaction)
                }
                try ParkedEvents(consumer: "stock", afterDeadLetter: .continue, types: [])
                    .insert(waiting: events[2], at: now, in: transaction)
                let old = try EffectOutcomes.old(before: now + .seconds(-10), limit: 10, in: transaction)
                #expect(old.map(\.event) == [EventKey(events[0])])
                let all = events.map { (consumer: "stock", event: EventKey($0)) }
                #expect(try EffectOutcomes.remove([all[0], all[2]], in: transaction) == 1)
                let left = try outcomes.find(events, in: transaction)
                #expect(Set(left.keys) == Set(events[1...].map(EventKey.init)))
            }
        }
    }
}
