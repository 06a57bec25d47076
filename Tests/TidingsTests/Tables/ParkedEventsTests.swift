import Testing
import Tidings
import TidingsRouting
import TidingsTesting

@Suite(.timeLimit(.minutes(1))) struct ParkedEventsTests {
    private let parked = ParkedEvents(consumer: "stock", afterDeadLetter: .continue, types: [Placed.type])

    private func failure(_ attempts: Int = 1, retryAt: Timestamp?) -> ParkedEvents.Failure {
        ParkedEvents.Failure(error: Unhappy(), handler: "On(Placed)", attempts: attempts, retryAt: retryAt)
    }

    @Test(arguments: [SubscriberOptions.AfterDeadLetter.continue, .park])
    func `a parked event blocks its key, and a dead letter where it is said to`(
        _ afterDeadLetter: SubscriberOptions.AfterDeadLetter
    ) async throws {
        try await Bench.with { bench in
            let parked = ParkedEvents(consumer: "stock", afterDeadLetter: afterDeadLetter, types: [])
            let events = try ["a", "b", "c"].map { try bench.envelope(of: Placed(order: $0)) }
            try await bench.database.transaction { transaction in
                let now = transaction.now
                try parked.insert(
                    events[0], key: "a", failedWith: failure(retryAt: now), at: now, in: transaction)
                try parked.insert(events[1], key: "b", failedWith: failure(retryAt: nil), at: now, in: transaction)
                let blocked = try parked.blockedKeys(among: ["a", "b", "c"], in: transaction)
                #expect(blocked == (afterDeadLetter == .park ? ["a", "b"] : ["a"]))
                let others = ParkedEvents(consumer: "mail", afterDeadLetter: afterDeadLetter, types: [])
                #expect(try others.blockedKeys(among: ["a", "b", "c"], in: transaction).isEmpty)
            }
        }
    }

    @Test func `an event without an ordering key blocks nothing`() async throws {
        try await Bench.with { bench in
            let event = try bench.envelope(of: Placed(order: "a"))
            try await bench.database.transaction { transaction in
                let now = transaction.now
                try parked.insert(event, key: nil, failedWith: failure(retryAt: now), at: now, in: transaction)
                #expect(try parked.blockedKeys(among: ["a"], in: transaction).isEmpty)
            }
        }
    }

    @Test func `what is due is claimed in order, counted for the first of each key, and by one member`() async throws {
        try await Bench.with { bench in
            let events = try ["a", "a", "b"].map { try bench.envelope(of: Placed(order: $0)) }
            try await bench.database.transaction { transaction in
                let now = transaction.now
                try parked.insert(events[0], key: "a", failedWith: failure(retryAt: now), at: now, in: transaction)
                try parked.insert(waiting: events[1], at: now, in: transaction)
                try parked.insert(
                    events[2], key: "b", failedWith: failure(retryAt: now + .seconds(9)), at: now, in: transaction)
                #expect(try parked.nextDue(in: transaction) == now)
                let claimed = try parked.claim(
                    atMost: 10, dueAt: now, until: now + .seconds(60), as: "c", in: transaction)
                #expect(claimed.map(\.event.id) == [events[0].id, events[1].id])
                // One attempt was made before; what waits behind had none, and none is counted for it yet.
                #expect(claimed.map(\.claim.attempts) == [2, 1])
                #expect(
                    try parked.claim(atMost: 10, dueAt: now, until: now + .seconds(60), as: "c", in: transaction)
                        .isEmpty)
                #expect(try transaction.attempts() == [2, 0, 1])
            }
        }
    }

    @Test func `a claim that is given back is due at once and not counted`() async throws {
        try await Bench.with { bench in
            let event = try bench.envelope(of: Placed(order: "a"))
            try await bench.database.transaction { transaction in
                let now = transaction.now
                try parked.insert(event, key: "a", failedWith: failure(retryAt: now), at: now, in: transaction)
                let claimed = try parked.claim(
                    atMost: 1, dueAt: now, until: now + .seconds(60), as: "c", in: transaction)
                try parked.restore(claimed.map(\.claim), at: now, in: transaction)
                #expect(try transaction.attempts() == [1])
                #expect(try parked.nextDue(in: transaction) == now)
            }
        }
    }

    @Test func `a failure keeps when the first one was, and the last one makes a dead letter`() async throws {
        try await Bench.with { bench in
            let event = try bench.envelope(of: Placed(order: "a"))
            let start = bench.clock.now()
            try await bench.database.transaction { transaction in
                try parked.insert(event, key: "a", failedWith: failure(retryAt: start), at: start, in: transaction)
                let claim = try parked.claim(atMost: 1, dueAt: start, until: start, as: "c", in: transaction)[0].claim
                try parked.fail(
                    claim.id, with: failure(2, retryAt: nil), at: start + .seconds(5), in: transaction)
                #expect(try parked.count([.dead], in: transaction) == 1)
                #expect(try parked.count([.parked], in: transaction) == 0)
            }
            let letter = try #require(try await bench.database.deadLetters().first)
            #expect(letter.attempts == 2)
            #expect(letter.firstFailedAt == start)
            #expect(letter.lastFailedAt == start + .seconds(5))
            #expect(letter.event == event)
            #expect(letter.error == "unhappy")
        }
    }
}

extension Transaction {
    /// The attempts that are counted for each parked event, in order.
    fileprivate func attempts() throws -> [Int] {
        try query("SELECT attempts FROM tidings_parked ORDER BY id").map { try $0.value("attempts") }
    }
}
