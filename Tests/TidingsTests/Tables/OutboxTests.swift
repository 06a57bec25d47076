import Testing
import Tidings

@Suite(.timeLimit(.minutes(1))) struct OutboxTests {
    @Test func `events come in the order of their writing, as many as fit, and at least one`() async throws {
        try await Bench.with { bench in
            let events = try (0..<4).map { try bench.envelope(of: Placed(order: "o\($0)")) }
            try await bench.database.transaction { transaction in
                try Outbox.insert(events, at: transaction.now, in: transaction)
                let size = events[0].binaryByteCount
                #expect(try Outbox.next(atMost: 10, bytes: 1 << 20, in: transaction).rows.map(\.event) == events)
                #expect(
                    try Outbox.next(atMost: 3, bytes: 1 << 20, in: transaction).rows.map(\.event) == Array(events[..<3])
                )
                #expect(
                    try Outbox.next(atMost: 10, bytes: size * 2, in: transaction).rows.map(\.event)
                        == Array(events[..<2]))
                #expect(try Outbox.next(atMost: 5, bytes: 1 << 20, in: transaction).isAll)
                // There may be more: of these nobody knows.
                #expect(try !Outbox.next(atMost: 4, bytes: 1 << 20, in: transaction).isAll)
                #expect(try !Outbox.next(atMost: 10, bytes: size * 2, in: transaction).isAll)
                #expect(try Outbox.next(atMost: 10, bytes: 1, in: transaction).rows.map(\.event) == [events[0]])
            }
        }
    }

    @Test func `what was removed is gone, and what came between stays`() async throws {
        try await Bench.with { bench in
            let events = try (0..<3).map { try bench.envelope(of: Placed(order: "o\($0)")) }
            try await bench.database.transaction { transaction in
                let start = transaction.now
                try Outbox.insert(events, at: start, in: transaction)
                let rows = try Outbox.next(atMost: 10, bytes: 1 << 20, in: transaction).rows
                try Outbox.remove([rows[0], rows[2]], in: transaction)
                #expect(try Outbox.next(atMost: 10, bytes: 1 << 20, in: transaction).rows.map(\.event) == [events[1]])
                let depth = try Outbox.depth(in: transaction)
                #expect(depth.count == 1)
                #expect(depth.oldest == start)
                try Outbox.remove([rows[1]], in: transaction)
                #expect(try Outbox.depth(in: transaction).oldest == nil)
            }
        }
    }

    @Test func `scheduled events go to the outbox when they are due, in the order in which they are`() async throws {
        try await Bench.with { bench in
            let events = try (0..<3).map { try bench.envelope(of: Placed(order: "o\($0)")) }
            try await bench.database.transaction { transaction in
                let now = transaction.now
                try ScheduledEvents.insert(
                    [
                        (events[0], now + .seconds(20)), (events[1], now + .seconds(10)),
                        (events[2], now + .seconds(99)),
                    ],
                    in: transaction)
                #expect(try ScheduledEvents.nextDue(in: transaction) == now + .seconds(10))
                #expect(try Outbox.insertDue(10, at: now + .seconds(9), in: transaction) == 0)
                #expect(try Outbox.insertDue(10, at: now + .seconds(20), in: transaction) == 2)
                #expect(
                    try Outbox.next(atMost: 10, bytes: 1 << 20, in: transaction).rows.map(\.event) == [
                        events[1], events[0],
                    ])
                #expect(try ScheduledEvents.nextDue(in: transaction) == now + .seconds(99))
            }
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct LeaseTests {
    private let one = Lease(name: "outbox", owner: "one")
    private let other = Lease(name: "outbox", owner: "other")

    @Test func `a lease has one owner until it is released, and its beat counts up`() async throws {
        try await Bench.with { bench in
            try await bench.database.transaction { transaction in
                #expect(try one.take(from: nil, in: transaction).owner == "one")
                #expect(try one.take(from: nil, in: transaction).beat == 1)
                #expect(try other.take(from: nil, in: transaction).owner == "one")
                #expect(try one.isHeld(in: transaction))
                #expect(try !other.isHeld(in: transaction))
                try other.release(in: transaction)
                #expect(try other.take(from: nil, in: transaction).owner == "one")
                try one.release(in: transaction)
                let taken = try other.take(from: nil, in: transaction)
                #expect(taken.owner == "other")
                #expect([taken.epoch, taken.beat, Int64(taken.takeovers)] == [2, 0, 0])
                #expect(try Lease(name: "else", owner: "x").take(from: nil, in: transaction).owner == "x")
            }
        }
    }

    @Test func `a lease is taken over from an owner whose beat stands still, and from no other`() async throws {
        try await Bench.with { bench in
            try await bench.database.transaction { transaction in
                let seen = try one.take(from: nil, in: transaction)
                _ = try one.take(from: nil, in: transaction)
                #expect(try other.take(from: seen, in: transaction).owner == "one", "it has renewed it meanwhile")
                let still = try #require(try one.find(in: transaction))
                #expect(try other.take(from: still, in: transaction).takeovers == 1)
                #expect(try !one.isHeld(in: transaction))
                let again = try #require(try one.find(in: transaction))
                #expect(try one.take(from: again, in: transaction).takeovers == 2)
                try other.setTakeovers(0, in: transaction)
                #expect(try one.find(in: transaction)?.takeovers == 2, "it is not its own")
                try one.setTakeovers(0, in: transaction)
                #expect(try one.find(in: transaction)?.takeovers == 0)
            }
        }
    }
}
