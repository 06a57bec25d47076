import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1))) struct DeadLetterListingTests {
    /// Three dead letters of two consumers, and one event that waits.
    private static func with(_ body: @Sendable (Bench) async throws -> Void) async throws {
        try await Bench.with { bench in
            let placed = try ["a", "b"].map { try bench.envelope(of: Placed(order: $0)) }
            let counted = try bench.envelope(of: Counted(order: "c", number: 1))
            let waiting = try bench.envelope(of: Placed(order: "d"))
            try await bench.database.transaction { transaction in
                let now = transaction.now
                func fail(_ event: Envelope, of consumer: String, _ error: String, retryAt: Timestamp? = nil) throws {
                    try ParkedEvents(consumer: consumer, afterDeadLetter: .continue, types: []).insert(
                        event, key: nil,
                        failedWith: .init(error: NotRetryable(error), handler: "On", attempts: 1, retryAt: retryAt),
                        at: now, in: transaction)
                }
                try fail(placed[0], of: "stock", "no 100% stock")
                try fail(placed[1], of: "stock", "no 100% stock")
                try fail(counted, of: "mail", "no address")
                try fail(waiting, of: "stock", "busy", retryAt: now + .seconds(7))
            }
            try await body(bench)
        }
    }

    @Test(arguments: [
        (DeadLetterFilter(), 3), (DeadLetterFilter(consumer: "stock"), 2),
        (DeadLetterFilter(type: Counted.type), 1), (DeadLetterFilter(error: "100%"), 2),
        (DeadLetterFilter(error: "100_"), 0), (DeadLetterFilter(error: "address"), 1),
        (DeadLetterFilter(subject: "b"), 1), (DeadLetterFilter(consumer: "mail", type: Placed.type), 0),
        (DeadLetterFilter(ids: []), 0), (DeadLetterFilter(ids: [1, 4]), 1),
        (DeadLetterFilter(to: Timestamp(seconds: 0)), 0), (DeadLetterFilter(from: Timestamp(seconds: 0)), 3),
    ])
    func `a filter means the dead letters that fit all of it`(_ filter: DeadLetterFilter, _ count: Int) async throws {
        try await Self.with { bench in
            let counted = try await bench.database.deadLetterCount(matching: filter)
            let listed = try await bench.database.deadLetters(matching: filter)
            #expect(counted == count)
            #expect(listed.count == count)
        }
    }

    @Test func `a list is read in pages`() async throws {
        try await Self.with { bench in
            let first = try await bench.database.deadLetters(limit: 2)
            let second = try await bench.database.deadLetters(after: first[1].id, limit: 2)
            #expect(first.count == 2)
            #expect(second.map(\.consumer) == ["mail"])
        }
    }

    @Test func `dead letters that failed alike are counted together, the most first`() async throws {
        try await Self.with { bench in
            let groups = try await bench.database.deadLetterGroups()
            #expect(groups.map(\.error) == ["no 100% stock", "no address"])
            #expect(groups.map(\.count) == [2, 1])
        }
    }

    @Test func `redriven letters are due one after the other, and no others are`() async throws {
        try await Self.with { bench in
            let now = bench.clock.now()
            #expect(try await bench.database.redrive(DeadLetterFilter(consumer: "stock"), perSecond: 4) == 2)
            let due = try await bench.database.parkedEvents().map { $0.dueAt - now }
            #expect(due == [.zero, .milliseconds(250), .seconds(7)])
            #expect(try await bench.database.deadLetterCount() == 1)
        }
    }

    @Test func `discarded letters are gone, and what waits stays`() async throws {
        try await Self.with { bench in
            #expect(try await bench.database.discard(DeadLetterFilter()) == 3)
            #expect(try await bench.database.deadLetterCount() == 0)
            let parked = try await bench.database.parkedEvents(of: "stock")
            #expect(parked.map(\.error) == ["busy"])
            #expect(parked.map(\.handler) == ["On"])
        }
    }
}
