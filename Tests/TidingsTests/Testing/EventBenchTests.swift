import Synchronization
import Testing
import Tidings
import TidingsSQLite
import TidingsTesting

@Suite(.timeLimit(.minutes(2))) struct EventBenchTests {
    private func bench(_ scope: Scope? = nil) -> EventBench {
        EventBench(scope: scope) { try SQLiteEngine.inMemory() }
    }

    @Test func `a cascade over two services is idle when its last event is handled`() async throws {
        let bench = bench("shop")
        let stock = try await bench.database("stock")
        let bell = try await bench.database("bell", migrations: [Migration("rings", "CREATE TABLE rings (bell TEXT)")])
        let reserving = Subscriber("stock", on: bench, stock) {
            On(Placed.self) { placed, transaction in
                for number in 0..<50 {
                    try transaction.publish(Counted(order: placed.order, number: number))
                }
            }
        }
        let ringing = Subscriber("bell", on: bench, bell) {
            On(Counted.self) { counted, transaction in
                try transaction.execute("INSERT INTO rings (bell) VALUES (\(counted.order))")
                if counted.number == 49 { try transaction.publish(Rang(bell: counted.order)) }
            }
            On(Rang.self) { rang, transaction in
                try transaction.execute("INSERT INTO rings (bell) VALUES (\("end of \(rang.bell)")) ")
            }
        }
        try await bench.run(reserving, ringing) {
            for round in 1...10 {
                try await bench.publish(Placed(order: "o-\(round)"))
                try await bench.waitUntilIdle()
                let ends = try await bell.read { try $0.query("SELECT bell FROM rings WHERE bell LIKE 'end%'").count }
                #expect(ends == round)
            }
            #expect(try bench.published(Placed.self).map(\.order) == (1...10).map { "o-\($0)" })
            #expect(try bench.published(Counted.self).count == 500)
            #expect(bench.published.allSatisfy { $0.source.hasPrefix("/shop/") })
        }
    }

    @Test func `retries, delays and time-outs come at their own time when the clock is moved`() async throws {
        let bench = bench()
        let database = try await bench.database("shop")
        let start = bench.clock.now()
        let times = Mutex<[Duration]>([])
        var options = SubscriberOptions()
        options.retry = RetryPolicy(maximumAttempts: 3, initialDelay: .seconds(10), maximumDelay: .seconds(10))
        let failing = Subscriber("failing", on: bench, database, options: options) {
            On(Placed.self) { placed, transaction in
                times.withLock { $0.append(transaction.now - start) }
                throw Unhappy()
            }
        }
        let delaying = Subscriber("delaying", on: bench, database) {
            On(Placed.self) { placed, transaction in
                try transaction.publish(Rang(bell: "later"), after: .seconds(3600))
            }
        }
        let trips = Subscriber("trips", on: bench, database) { SagaHandler(ShortTrip.self) }
        try await bench.run(failing, delaying, trips) {
            try await bench.publish(Placed(order: "a"))
            try await bench.waitUntilIdle()
            #expect(try await bench.parkedEvents().count == 1)
            #expect(try bench.published(Rang.self).isEmpty)
            try await bench.advance(by: .milliseconds(299))
            #expect(try bench.published(Reserved.self).isEmpty)
            try await bench.advance(by: .milliseconds(1))
            #expect(try bench.published(Reserved.self).map(\.order) == ["a"])
            try await bench.advance(by: .seconds(3599))
            #expect(try bench.published(Rang.self).isEmpty)
            #expect(try await bench.deadLetters().map(\.attempts) == [3])
            #expect(try await bench.parkedEvents().isEmpty)
            try await bench.advance(by: .seconds(1))
            #expect(try bench.published(Rang.self).map(\.bell) == ["later"])
            #expect(bench.clock.now() == start + .milliseconds(3_600_300))
        }
        let attempts = times.withLock { $0 }
        #expect(attempts.count == 3)
        // With full jitter, each comes within ten seconds of the one before it: not all of them at the end.
        for (earlier, later) in zip(attempts, attempts.dropFirst()) { #expect(later - earlier <= .seconds(10)) }
    }

    @Test func `what effects have returned is seen once, whatever came twice`() async throws {
        let bench = bench()
        let database = try await bench.database("shop")
        let charging = Subscriber("charging", on: bench, database) {
            On(Placed.self) { placed, _ in
                "charged \(placed.order)"
            } then: { _, _, _ in
            }
        }
        try await bench.run(charging) {
            let event = try Envelope(
                Placed(order: "a"), id: "twice", source: "/test", time: bench.clock.now())
            try await bench.bus.publish([event])
            try await bench.bus.publish([event])
            try await bench.waitUntilIdle()
            #expect(try await bench.effects(of: "charging", returning: String.self) == ["charged a"])
        }
    }

    @Test func `what does not come to rest is named`() async throws {
        let bench = bench()
        let database = try await bench.database("shop")
        let begun = Dial()
        let stuck = Subscriber("stuck", on: bench, database) {
            On(Placed.self) { _, _ in
                begun.turn()
                try await bench.clock.sleep(for: .seconds(60))
                return true
            } then: { _, _, _ in
            }
        }
        try await bench.run(stuck) {
            try await bench.publish(Placed(order: "a"))
            while begun.value == 0 { await Task.yield() }
            let violation = await #expect(throws: Violation.self) {
                try await bench.waitUntilIdle(within: .milliseconds(50))
            }
            #expect(violation?.message.contains("stuck is at work") == true)
        }
    }

    @Test func `a group that starts at the earliest event gets the history of the memory bus`() async throws {
        let bench = bench()
        let database = try await bench.database("shop")
        try await bench.publish(Placed(order: "before"))
        let heard = Notes()
        var options = SubscriberOptions()
        options.start = .earliest
        let late = Subscriber("late", on: bench, database, options: options) {
            On(Placed.self) { placed, _ in heard.add(placed.order) }
        }
        let new = Subscriber("new", on: bench, database) {
            On(Placed.self) { placed, _ in heard.add("new " + placed.order) }
        }
        try await bench.run(late, new) {
            try await bench.publish(Placed(order: "after"))
            try await bench.waitUntilIdle()
        }
        #expect(heard.all.sorted() == ["after", "before", "new after"])
    }
}

/// A saga whose time-out ends before its timer would look by itself.
private struct ShortTrip: Saga {
    typealias ID = String
    enum Stage: String, Codable { case waiting, over }
    let order: String
    var stage = Stage.waiting

    static var definition: SagaDefinition<ShortTrip> {
        Starts(on: Placed.self, id: \.order) { ShortTrip(order: $0.order) }
        Timeout(after: .milliseconds(300), in: .waiting) { trip in
            trip.stage = .over
            return [.publish(Reserved(order: trip.order)), .complete]
        }
    }
}
