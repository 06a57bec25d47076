import Testing
import Tidings
import TidingsTesting

/// What is looked for every five seconds is found without walking all that is parked.
@Suite(.timeLimit(.minutes(1))) struct StuckWalkTests {
    /// A moment after all that is parked was due.
    private let moment = Timestamp(seconds: 1000)

    private func member(_ afterDeadLetter: SubscriberOptions.AfterDeadLetter) -> ParkedEvents {
        ParkedEvents(consumer: "stock", afterDeadLetter: afterDeadLetter, types: ["a.v1", "b.v1"])
    }

    /// Parks events, each due a microsecond after the one before it.
    private func park(
        _ count: Int, of consumer: String = "stock", _ type: String = "a.v1", key: String?,
        as state: ParkedEvents.State = .parked, from start: Int = 0, in bench: Bench
    ) async throws {
        _ = try await bench.database.transaction { transaction in
            try transaction.execute(
                """
                WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < \(count))
                INSERT INTO \(ParkedEvents.table) (consumer, handler, event_id, event_type, source, ordering_key, state,
                    attempts, due_at, begun, data, envelope)
                SELECT \(consumer), '', \(key ?? "-") || \(state) || (\(start) + n), \(type), '/shop', \(key), \(state), 1,
                    \(start) + n, 0, '{}', x'00' FROM numbers
                """)
        }
    }

    /// How much is done to look, with so many events in the way.
    private func steps(
        _ count: Int, _ look: @escaping @Sendable (Int, Bench) async throws -> Int
    ) async throws -> Int {
        let steps = Dial()
        try await Bench.with { steps.value = try await look(count, $0) }
        return steps.value
    }

    @Test func `what holds up keys is found in as many steps however long their lines are`() async throws {
        @Sendable func look(_ count: Int, _ bench: Bench) async throws -> Int {
            for key in ["k", "l"] {
                try await park(1, "b.v1", key: key, as: .dead, in: bench)
                try await park(count, key: key, in: bench)
            }
            // Nothing waits for these.
            try await park(1, key: "alone", as: .dead, in: bench)
            try await park(1, key: "well", in: bench)
            let (found, steps) = try CountedConnection.reading(bench.path) {
                try member(.park).blockers(failingSince: moment, in: $0)
            }
            #expect(found.map(\.key).sorted() == ["k", "l"])
            #expect(found.allSatisfy { $0.state == .dead && $0.count == StuckLimits.counted })
            return steps
        }
        let (few, many) = try await (steps(2000, look), steps(20_000, look))
        #expect(few == many)
    }

    @Test(arguments: [SubscriberOptions.AfterDeadLetter.park, .continue])
    func `what is overdue is found in as many steps however much waits behind others and was due before it`(
        _ afterDeadLetter: SubscriberOptions.AfterDeadLetter
    ) async throws {
        @Sendable func look(_ count: Int, _ bench: Bench) async throws -> Int {
            // The first of this key is tried again later; the rest was due long ago.
            try await park(1, key: "k", from: 2_000_000_000, in: bench)
            try await park(count, key: "k", as: .parked, from: 1, in: bench)
            try await park(count, key: "other", as: .dead, in: bench)
            try await park(3, "b.v1", key: "l", from: 900_000, in: bench)
            try await park(2, "b.v1", key: nil, from: 800_000, in: bench)
            // Blocked, if dead letters block.
            try await park(1, "b.v1", key: "m", as: .dead, in: bench)
            try await park(1, "b.v1", key: "m", from: 850_000, in: bench)
            let (found, steps) = try CountedConnection.reading(bench.path) {
                try member(afterDeadLetter).overdue(dueBefore: moment, in: $0)
            }
            // The first of its key, and both of none.
            #expect(found.map(\.type) == ["b.v1"])
            #expect(found.map(\.count) == [afterDeadLetter == .park ? 3 : 4])
            #expect(found.map(\.since.microseconds) == [800_000])
            return steps
        }
        let (few, many) = try await (steps(2000, look), steps(20_000, look))
        #expect(few == many)
    }

    @Test func `what nobody handles, or can read, is found in as many steps however much it is`() async throws {
        @Sendable func look(_ count: Int, _ bench: Bench) async throws -> Int {
            try await park(count, key: "k", in: bench)
            try await park(count, of: "gone", "b.v1", key: "l", in: bench)
            try await park(2, of: "gone", "b.v1", key: "m", as: .redriven, from: 7, in: bench)
            try await park(3, "c.v1", key: nil, from: 5, in: bench)
            try await park(1, "d.v1", key: nil, from: 2_000_000_000, in: bench)
            try await park(count, of: "gone", "e.v1", key: "n", as: .unreadable, in: bench)
            let (found, steps) = try CountedConnection.reading(bench.path) { connection in
                try ParkedEvents.orphans(beside: [member(.continue)], dueBefore: moment, in: connection)
                    + ParkedEvents.unreadable(in: connection)
            }
            #expect(found.map(\.consumer) == ["gone", "stock", "gone"])
            #expect(found.map(\.type) == ["b.v1", "c.v1", "e.v1"])
            #expect(found.map(\.count) == [StuckLimits.counted + 2, 3, StuckLimits.counted])
            #expect(found.map(\.since.microseconds) == [0, 5, 0])
            return steps
        }
        let (few, many) = try await (steps(2000, look), steps(20_000, look))
        #expect(few == many)
    }
}
