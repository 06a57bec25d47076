import Testing
import Tidings

@Suite(.timeLimit(.minutes(1))) struct InboxTests {
    @Test func `an event is new once for each consumer, and once for each source`() async throws {
        try await Bench.with { bench in
            let event = try bench.envelope(of: Placed(order: "o"), id: "e")
            let elsewhere = try Envelope(Placed(order: "o"), id: "e", source: "/elsewhere", time: event.time)
            try await bench.database.transaction { transaction in
                let stock = Inbox(consumer: "stock")
                let mail = Inbox(consumer: "mail")
                let now = transaction.now
                let first = try stock.claim([event, event, elsewhere], at: now, in: transaction)
                let other = try mail.claim([event], at: now, in: transaction)
                let second = try stock.claim([event], at: now, in: transaction)
                #expect(first == [true, false, true])
                #expect(other == [true])
                #expect(second == [false])
            }
        }
    }

    @Test func `what was claimed is found by consumer`() async throws {
        try await Bench.with { bench in
            let event = try bench.envelope(of: Placed(order: "o"), id: "e")
            let other = try bench.envelope(of: Placed(order: "o"), id: "f")
            try await bench.database.transaction { transaction in
                let inbox = Inbox(consumer: "stock")
                _ = try inbox.claim([event], at: transaction.now, in: transaction)
                #expect(try inbox.claimed(among: [event, other], in: transaction) == [EventKey(event)])
                #expect(try inbox.claimed(among: [], in: transaction).isEmpty)
                #expect(try Inbox(consumer: "mail").claimed(among: [event], in: transaction).isEmpty)
            }
        }
    }

    @Test func `pruning takes the oldest first, no more than a slice, and nothing that is young`() async throws {
        try await Bench.with { bench in
            let events = try (0..<5).map { try bench.envelope(of: Placed(order: "o"), id: EventID("e\($0)")) }
            try await bench.database.transaction { transaction in
                let inbox = Inbox(consumer: "stock")
                #expect(try Inbox.lastPlace(in: transaction) == 0)
                for event in events { _ = try inbox.claim([event], at: transaction.now, in: transaction) }
                #expect(try Inbox.lastPlace(in: transaction) == 5)
                #expect(try Inbox.prune(to: 3, limit: 2, in: transaction) == 2)
                #expect(try inbox.claimed(among: events, in: transaction).count == 3)
                #expect(try Inbox.prune(to: 3, limit: 2, in: transaction) == 1)
                #expect(try Inbox.prune(to: 3, limit: 2, in: transaction) == 0)
                #expect(
                    try inbox.claimed(among: events, in: transaction) == Set(events[3...].map(EventKey.init)))
            }
        }
    }
}
