import Testing
import Tidings
import TidingsRouting
import TidingsTesting

private struct Unlucky: Error, CustomStringConvertible {
    var description: String { "unlucky" }
}

/// What the table of parked events notes of attempts, and for whom.
@Suite(.timeLimit(.minutes(1))) struct ParkedClaimTests {
    private let parked = ParkedEvents(consumer: "stock", afterDeadLetter: .continue, types: [Placed.type])

    private func failure(
        _ error: any Error = Unhappy(), attempts: Int = 1, retryAt: Timestamp?
    ) -> ParkedEvents.Failure {
        ParkedEvents.Failure(error: error, handler: "On(Placed)", attempts: attempts, retryAt: retryAt)
    }

    @Test func `an attempt is counted and begun when it is claimed, alone or beside others`() async throws {
        try await Bench.with { bench in
            let events = try ["a", "b"].map { try bench.envelope(of: Placed(order: $0)) }
            try await bench.database.transaction { transaction in
                let now = transaction.now
                try parked.insert(suspect: events[0], key: "a", at: now, in: transaction)
                try parked.insert(waiting: events[1], at: now, in: transaction)
                let lease = now + .seconds(60)
                let beside = try parked.claim(atMost: 9, dueAt: now, until: lease, as: "c", in: transaction)
                #expect(beside.map(\.event.id) == [events[1].id], "what is suspect is not claimed beside others")
                #expect(try parked.hasSuspect(dueAt: now, in: transaction))
                let alone = try parked.claimSuspect(dueAt: now, until: lease, as: "d", in: transaction)
                #expect(alone.map(\.event.id) == [events[0].id])
                #expect(alone.map(\.claim.begun) == [3])
                #expect(try transaction.numbers("attempts") == [1, 1])
                #expect(try transaction.numbers("begun") == [4, 1])
                #expect(try !parked.hasSuspect(dueAt: now, in: transaction))
                #expect(try parked.claimSuspect(dueAt: now, until: lease, as: "e", in: transaction).isEmpty)
            }
        }
    }

    @Test func `what was given back, and what has failed, is suspected of nothing`() async throws {
        try await Bench.with { bench in
            let events = try ["a", "b"].map { try bench.envelope(of: Placed(order: $0)) }
            try await bench.database.transaction { transaction in
                let now = transaction.now
                for event in events { try parked.insert(waiting: event, at: now, in: transaction) }
                let claims = try parked.claim(
                    atMost: 9, dueAt: now, until: now + .seconds(60), as: "c", in: transaction
                ).map(\.claim)
                try parked.restore([claims[0]], at: now, in: transaction)
                try parked.fail(claims[1].id, with: failure(retryAt: now), at: now, in: transaction)
                #expect(try transaction.numbers("begun") == [0, 0])
                #expect(try transaction.numbers("attempts") == [0, 1])
            }
        }
    }

    @Test func `the error of a dead letter is that of its last attempt`() async throws {
        try await Bench.with { bench in
            let event = try bench.envelope(of: Placed(order: "a"))
            try await bench.database.transaction { transaction in
                let now = transaction.now
                try parked.insert(event, key: "a", failedWith: failure(retryAt: now), at: now, in: transaction)
                let last = failure(Unlucky(), attempts: 2, retryAt: nil)
                try parked.fail(1, with: last, at: now + .seconds(1), in: transaction)
            }
            let letter = try #require(try await bench.database.deadLetters().first)
            #expect(letter.error == "unlucky")
            #expect(letter.lastFailedAt - letter.firstFailedAt == .seconds(1))
        }
    }

    @Test func `an event that is parked stays as it is when it comes again`() async throws {
        try await Bench.with { bench in
            let event = try bench.envelope(of: Placed(order: "a"))
            try await bench.database.transaction { transaction in
                let now = transaction.now
                try parked.insert(
                    event, key: "a", failedWith: failure(attempts: 7, retryAt: now + .seconds(9)), at: now,
                    in: transaction)
                try parked.insert(waiting: event, at: now, in: transaction)
                try parked.insert(suspect: event, key: "a", at: now, in: transaction)
                try parked.insert(event, key: "a", failedWith: failure(retryAt: nil), at: now, in: transaction)
                #expect(try transaction.numbers("attempts") == [7])
                #expect(try transaction.numbers("begun") == [0])
                #expect(try parked.nextDue(in: transaction) == now + .seconds(9))
            }
        }
    }

    @Test func `a group tries its own letters again that no handler took, and no others`() async throws {
        try await Bench.with { bench in
            let event = try bench.envelope(of: Placed(order: "a"))
            try await bench.database.transaction { transaction in
                let now = transaction.now
                let mail = ParkedEvents(consumer: "mail", afterDeadLetter: .continue, types: [Placed.type])
                for group in [parked, mail] {
                    try group.insert(
                        event, key: nil, failedWith: failure(retryAt: nil), isInInbox: false, at: now,
                        in: transaction)
                }
                #expect(try parked.redriveUnhandled(atMost: 9, at: now, in: transaction) == 1)
                #expect(try parked.count([.dead], in: transaction) == 0)
                #expect(try mail.count([.dead], in: transaction) == 1)
            }
        }
    }

    @Test func `a letter that no handler took goes with its own forms alone`() async throws {
        try await Bench.with { bench in
            let event = try bench.envelope(of: Placed(order: "a"))
            var namesake = event
            namesake.source = "/elsewhere"
            try await bench.database.transaction { [namesake] transaction in
                let now = transaction.now
                for letter in [event, namesake] {
                    try parked.insert(
                        letter, key: nil, failedWith: failure(retryAt: nil), isInInbox: false, at: now,
                        in: transaction)
                }
                try parked.removeUnhandled(event.id, from: event.source, in: transaction)
                #expect(try parked.count([.dead], in: transaction) == 1)
            }
            #expect(try await bench.database.deadLetters().map(\.event.source) == ["/elsewhere"])
        }
    }

    @Test func `with park a key waits behind a redriven letter too until that is handled`() async throws {
        try await Bench.with { bench in
            let parked = ParkedEvents(consumer: "stock", afterDeadLetter: .park, types: [Placed.type])
            let events = try ["a", "b"].map { try bench.envelope(of: Placed(order: $0)) }
            try await bench.database.transaction { transaction in
                let now = transaction.now
                for event in events {
                    try parked.insert(
                        event, key: event.subject.map { ByteText($0) }, failedWith: failure(retryAt: nil), at: now,
                        in: transaction)
                }
            }
            let start = bench.clock.now()
            #expect(try await bench.database.redrive(perSecond: 0.01) == 2)
            #expect(try await bench.database.parkedEvents().map { $0.dueAt - start } == [.zero, .seconds(100)])
            let blocked = try await bench.database.read { try parked.blockedKeys(among: ["a", "b"], in: $0) }
            #expect(blocked == ["a", "b"])
        }
    }

    @Test func `of the redriven letters of a key one is claimed at a time`() async throws {
        try await Bench.with { bench in
            let events = try ["1", "2"].map { try bench.envelope(of: Placed(order: "a", note: $0)) }
            try await bench.database.transaction { transaction in
                let now = transaction.now
                for event in events {
                    try parked.insert(event, key: "a", failedWith: failure(retryAt: nil), at: now, in: transaction)
                }
            }
            #expect(try await bench.database.redrive(perSecond: 1_000_000) == 2)
            bench.clock.advance(by: .seconds(1))
            try await bench.database.transaction { transaction in
                let now = transaction.now
                let claimed = try parked.claim(
                    atMost: 9, dueAt: now, until: now + .seconds(60), as: "c", in: transaction)
                #expect(claimed.map(\.event.id) == [events[0].id])
                #expect(try transaction.numbers("begun") == [1, 0])
            }
        }
    }

    @Test func `what is listed and discarded as dead is dead`() async throws {
        try await Bench.with { bench in
            let events = try ["a", "b"].map { try bench.envelope(of: Placed(order: $0)) }
            try await bench.database.transaction { transaction in
                let now = transaction.now
                try parked.insert(waiting: events[0], at: now, in: transaction)
                try parked.insert(events[1], key: "b", failedWith: failure(retryAt: nil), at: now, in: transaction)
            }
            #expect(try await bench.database.deadLetters().map(\.event.subject) == ["b"])
            #expect(try await bench.database.discard(DeadLetterFilter()) == 1)
            #expect(try await bench.database.parkedEvents().map(\.event.subject) == ["a"])
        }
    }
}

extension Transaction {
    /// A column of numbers of the parked events, in order.
    fileprivate func numbers(_ column: String) throws -> [Int] {
        try query(SQLStatement(stringLiteral: "SELECT \(column) AS n FROM tidings_parked ORDER BY id")).map {
            try $0.value("n")
        }
    }
}
