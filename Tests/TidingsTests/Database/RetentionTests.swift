import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct RetentionTests {
    private static let year = Duration.seconds(365 * 86_400)

    /// One row in each table, and one of two lines.
    private func fill(_ keeper: Keeper, _ name: String) async throws {
        try await keeper.claim(EventID(name))
        try await keeper.record(outcomeOf: EventID(name))
        try await keeper.addDeadLetter(EventID("dead \(name)"))
        try await keeper.add(saga: name, .completed)
    }

    @Test func `what is over goes after its time, and not before`() async throws {
        try await Bench.with { bench in
            let keeper = try await Keeper(bench)
            try await fill(keeper, "old")
            try await keeper.pass(95)
            #expect(try await keeper.counts() == [1, 1, 1, 2, 1])
            try await fill(keeper, "young")
            try await keeper.pass(20)
            #expect(try await keeper.counts() == [1, 1, 2, 4, 2])
            #expect(try await keeper.claim("young") == false)
            try await keeper.pass(80)
            #expect(try await keeper.counts() == [1, 1, 2, 4, 2])
            try await keeper.pass(20)
            #expect(try await keeper.counts() == [0, 0, 1, 2, 2])
            try await keeper.pass(80)
            #expect(try await keeper.counts() == [0, 0, 1, 2, 2])
            try await keeper.pass(20)
            #expect(try await keeper.counts() == [0, 0, 0, 0, 1])
            try await keeper.pass(100)
            #expect(try await keeper.counts() == [0, 0, 0, 0, 0])
        }
    }

    @Test(arguments: [Self.year, .zero - Self.year])
    func `a clock that is set hurries nothing`(jump: Duration) async throws {
        try await Bench.with { bench in
            let keeper = try await Keeper(bench)
            try await keeper.pass(310)
            try await fill(keeper, "before")
            try await keeper.pass(10)
            bench.clock.jump(by: jump)
            bench.clock.advance(by: .seconds(2))
            // Nobody has seen yet where the clock stands.
            try await fill(keeper, "after")
            try await keeper.pass(70)
            #expect(try await keeper.counts() == [2, 2, 2, 4, 2])
            #expect(try await keeper.claim("before") == false)
            #expect(try await keeper.claim("after") == false)
            try await keeper.pass(50)
            #expect(try await bench.count("tidings_inbox") == 0)
            try await keeper.pass(50)
            #expect(try await bench.count("tidings_sagas") == 2)
            #expect(try await bench.count("tidings_parked") == 2)
        }
    }

    @Test func `a clock that was wrong for a while keeps nothing for ever`() async throws {
        try await Bench.with { bench in
            let keeper = try await Keeper(bench)
            bench.clock.jump(by: Self.year)
            try await keeper.pass(10)
            let wrong = try (0..<1500).map { try bench.envelope(of: Placed(order: "o"), id: EventID("wrong \($0)")) }
            try await keeper.database.transaction {
                _ = try Inbox(consumer: "stock").claim(wrong, at: $0.now, in: $0)
            }
            bench.clock.jump(by: .zero - Self.year)
            try await keeper.claim("right")
            try await keeper.pass(130)
            #expect(try await bench.count("tidings_inbox") == 0)
        }
    }

    @Test func `a restart keeps the time that was run`() async throws {
        try await Bench.with { bench in
            var keeper = try await Keeper(bench)
            try await keeper.claim("e")
            for _ in 0..<9 {
                try await keeper.pass(10)
                // Nobody runs meanwhile.
                bench.clock.advance(by: .seconds(1000))
                keeper = try await Keeper(bench)
            }
            #expect(try await bench.count("tidings_inbox") == 1)
            try await keeper.pass(20)
            #expect(try await bench.count("tidings_inbox") == 0)
        }
    }

    @Test func `several processes do not make it pass faster`() async throws {
        try await Bench.with { bench in
            let processes = [try await Keeper(bench), try await Keeper(bench), try await Keeper(bench)]
            try await processes[0].claim("e")
            for _ in 0..<19 {
                bench.clock.advance(by: .seconds(5))
                for process in processes { try await process.maintenance.turn() }
            }
            #expect(try await bench.count("tidings_inbox") == 1)
            try await processes[1].pass(15)
            #expect(try await bench.count("tidings_inbox") == 0)
        }
    }

    @Test func `more than a slice goes in one turn`() async throws {
        try await Bench.with { bench in
            let keeper = try await Keeper(bench)
            try await keeper.database.transaction { transaction in
                let statement: StaticString =
                    "INSERT INTO tidings_inbox (consumer, source, event_id, at) VALUES ('stock', '/test', ?, 0)"
                try transaction.execute(statement, forEach: (0..<2500).map { [.text("e\($0)")] })
                let outcome: StaticString = """
                    INSERT INTO tidings_effects (consumer, event_id, source, outcome, at)
                    VALUES ('stock', ?, '/test', '1', 0)
                    """
                try transaction.execute(outcome, forEach: (0..<2500).map { [.text("e\($0)")] })
            }
            for number in 0..<250 { try await keeper.add(saga: "t\(number)", .failed) }
            try await keeper.pass(200)
            #expect(try await bench.count("tidings_inbox") == 0)
            #expect(try await bench.count("tidings_effects") == 0)
            #expect(try await keeper.counts()[2...3] == [250, 500])
            bench.clock.advance(by: .seconds(5))
            try await keeper.maintenance.turn()
            bench.clock.advance(by: .seconds(5))
            try await keeper.maintenance.turn()
            #expect(try await keeper.counts()[2...3] == [0, 0])
        }
    }

    @Test func `an outcome stays as long as its event is parked, and goes with its dead letter`() async throws {
        try await Bench.with { bench in
            let keeper = try await Keeper(bench)
            try await keeper.addDeadLetter("e")
            try await keeper.record(outcomeOf: "e")
            try await keeper.record(outcomeOf: "other")
            try await keeper.pass(250)
            #expect(try await bench.count("tidings_effects", where: "event_id = 'e'") == 1)
            #expect(try await bench.count("tidings_effects") == 1)
            try await keeper.pass(65)
            #expect(keeper.log.all == ["info removed old dead letters count=1"])
            #expect(try await bench.count("tidings_effects") == 0)
        }
    }

    @Test func `events of one id and several sources are told apart`() async throws {
        try await Bench.with { bench in
            let keeper = try await Keeper(bench)
            func record(_ source: String) async throws {
                try await keeper.database.transaction { transaction in
                    _ = try transaction.execute(
                        """
                        INSERT INTO tidings_effects (consumer, event_id, source, outcome, at)
                        VALUES ('stock', 'same', \(source), '1', \(transaction.now))
                        """)
                }
            }
            try await keeper.addDeadLetter("same")
            for source in ["/test", "/old"] { try await record(source) }
            try await keeper.pass(95)
            try await record("/fresh")
            try await keeper.pass(20)
            #expect(try await bench.count("tidings_effects", where: "source IN ('/test', '/fresh')") == 2)
            #expect(try await bench.count("tidings_effects") == 2)
        }
    }

    @Test func `sagas that are not over stay`() async throws {
        try await Bench.with { bench in
            let keeper = try await Keeper(bench)
            for status in SagaStatus.allCases where status != .early {
                try await keeper.add(saga: status.rawValue, status)
            }
            try await keeper.pass(250)
            #expect(try await keeper.database.sagas().map(\.status) == [.running, .compensating, .stuck])
        }
    }

    @Test func `what cannot be read stays`() async throws {
        try await Bench.with { bench in
            let keeper = try await Keeper(bench)
            try await keeper.add(saga: "broken", .early)
            try await keeper.add(saga: "whole", .early, early: [try bench.envelope(of: HotelHeld(trip: "whole"))])
            try await keeper.addDeadLetter("e")
            try await keeper.database.transaction {
                try $0.execute("UPDATE tidings_sagas SET journal = x'63' WHERE id = 'broken'")
                try $0.execute("UPDATE tidings_parked SET state = 'unreadable'")
            }
            try await keeper.pass(400)
            #expect(try await bench.count("tidings_sagas", where: "id = 'broken'") == 1)
            #expect(try await bench.count("tidings_sagas") == 1)
            #expect(try await bench.count("tidings_parked", where: "state = 'unreadable'") == 1)
        }
    }
}
