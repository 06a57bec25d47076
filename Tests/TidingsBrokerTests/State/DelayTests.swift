import Testing
import Tidings
import TidingsBroker
import TidingsRouting

/// Events that wait for their time, in the state of the broker.
@Suite struct DelayTests {
    private func bench(delay: Int = 0, retention: Int = 3600) throws -> StateBench {
        var bench = StateBench()
        var options = QueueOptions()
        options.delay = .seconds(delay)
        options.retention = .seconds(retention)
        options.maximumReceives = 1
        try bench.declare("orders", options)
        try bench.declare(EventRule("all", .all, to: ["orders"]))
        try bench.attach("consumer", to: "orders")
        return bench
    }

    /// What a consumer gets now, from memory or from the log.
    private func take(_ bench: inout StateBench) throws -> [UInt64] {
        // A first look finds what is due; then that is loaded.
        var taken = try bench.take("consumer").events
        try bench.load("orders")
        taken += try bench.take("consumer").events
        return taken.map(\.receipt.sequence)
    }

    private func acknowledge(_ sequences: [UInt64], _ bench: inout StateBench) throws {
        #expect(try bench.settle("consumer", sequences) { .acknowledge($0) } == [])
    }

    @Test func `an event that is to wait comes when its time has come, and holds up nothing before`() throws {
        var bench = try bench()
        try bench.publish([(1, "a"), (2, "a"), (3, "b")], waits: [1: 60])
        _ = bench.sync()
        try acknowledge(take(&bench), &bench)
        let ledger = try bench.counts("orders")
        #expect((ledger.acknowledged, ledger.delayed, ledger.pending) == (2, 1, 0))
        bench.pass(59)
        #expect(try take(&bench) == [])
        // Whoever waits looks again then.
        #expect(try bench.take("consumer").timeout == .seconds(1))
        bench.pass(1)
        #expect(try bench.counts("orders").pending == 1)
        #expect(try take(&bench) == [1])
        try bench.check()
    }

    @Test func `a queue delays what is published to it, in order, and the later of two times counts`() throws {
        var bench = try bench(delay: 10)
        try bench.publish([(1, "a"), (2, "a"), (3, "a"), (4, "a")], waits: [2: 5, 3: 20])
        _ = bench.sync()
        #expect(try take(&bench) == [])
        #expect(try bench.counts("orders").delayed == 4)
        bench.pass(10)
        try acknowledge(take(&bench), &bench)
        #expect(try bench.counts("orders").acknowledged == 3)
        bench.pass(10)
        #expect(try take(&bench) == [3])
        try bench.check()
    }

    @Test func `what a redrive brings back does not wait`() throws {
        var bench = try bench(delay: 10)
        try bench.publish([(1, nil)])
        _ = bench.sync()
        bench.pass(10)
        #expect(try take(&bench) == [1])
        bench.pass(31)
        #expect(try bench.bury("orders") == 1)
        #expect(try bench.redrive("orders-dead-letters") == 1)
        #expect(try take(&bench) == [1])
        try bench.check()
    }

    @Test func `an event expires by how long it could be received, not by how long it waited`() throws {
        var bench = try bench(retention: 300)
        try bench.publish([(1, nil), (2, nil)], waits: [1: 600])
        _ = bench.sync()
        // Retention is kept to the minute.
        bench.pass(420)
        #expect(try bench.expire("orders") == 1)
        #expect(try bench.counts("orders").delayed == 1)
        bench.pass(420)
        #expect(try bench.expire("orders") == 0)
        bench.pass(120)
        #expect(try bench.expire("orders") == 1)
        try bench.check()
    }

    @Test(arguments: [true, false])
    func `a purge takes what waits as well, and one that is refused leaves it waiting`(isConsumed: Bool) throws {
        var bench = try bench()
        if !isConsumed { try bench.leave("consumer") }
        try bench.publish([(1, nil), (2, nil)], waits: [1: 600])
        _ = bench.sync()
        try bench.recall("orders")
        bench.isFull = true
        #expect(throws: StateBench.Refused.self) { try bench.drop("orders", as: .purged) }
        bench.isFull = false
        #expect(try bench.counts("orders").delayed == 1)
        #expect(try bench.drop("orders", as: .purged) == 2)
        let ledger = try bench.counts("orders")
        #expect((ledger.purged, ledger.delayed, ledger.pending) == (2, 0, 0))
        bench.pass(600)
        try bench.check()
    }

    @Test func `a consumer group and a queue wait for the same event, an archive does not`() throws {
        var bench = try bench()
        try bench.join("reader", "readers")
        try bench.declare(archive: EventArchive("archive", .all, retention: .seconds(86_400)))
        try bench.publish([(1, nil)], waits: [1: 60])
        _ = bench.sync()
        #expect(try bench.take("reader").events.isEmpty)
        #expect(try bench.counts("readers").delayed == 1)
        #expect(try bench.counts("archive").delayed == 0)
        try bench.check()
    }

    @Test func `what was published by a clock years ahead waits as long as it was to, from when that was seen`() throws
    {
        var bench = try bench(delay: 60)
        let years = 10 * 365 * 86_400
        bench.pass(years)
        try bench.publish([(1, nil)])
        bench.set(back: years)
        _ = bench.sync()
        #expect(try take(&bench) == [])
        bench.pass(59)
        #expect(try take(&bench) == [])
        bench.pass(1)
        #expect(try take(&bench) == [1])
        try bench.check()
    }

    @Test func `a clock that is years behind for a while lets nothing come early`() throws {
        var bench = try bench()
        try bench.publish([(1, nil)], waits: [1: 3600])
        _ = bench.sync()
        bench.set(back: 900)
        try bench.publish([(2, nil)])
        _ = bench.sync()
        try acknowledge(take(&bench), &bench)
        bench.pass(1800)
        #expect(try take(&bench) == [])
        bench.set(back: -900)
        #expect(try take(&bench) == [])
        bench.pass(1799)
        #expect(try take(&bench) == [])
        bench.pass(1)
        #expect(try take(&bench) == [1])
        try bench.check()
    }

    @Test func `what was purged in part does not wait any more after a restart`() throws {
        var bench = StateBench()
        try bench.declare("orders")
        try bench.declare(EventRule("all", .all, to: ["orders"]))
        for first in stride(from: 0, to: 12_000, by: 4000) {
            let numbers = first..<first + 4000
            try bench.publish(
                numbers.map { ($0, nil) }, waits: Dictionary(uniqueKeysWithValues: numbers.map { ($0, 600) }))
        }
        _ = bench.sync()
        try bench.recall("orders")
        #expect(try bench.dropOnce("orders", as: .purged) == 10_000)
        try bench.restart()
        #expect(try bench.counts("orders").delayed == 2000)
        #expect(try bench.counts("orders").isBalanced)
        try bench.attach("consumer", to: "orders")
        bench.pass(600)
        #expect(try bench.counts("orders").pending == 2000)
        #expect(try bench.counts("orders").isBalanced)
    }

    @Test func `retries keep nothing else from being received`() throws {
        var bench = StateBench()
        try bench.declare("orders")
        try bench.declare(EventRule("all", .all, to: ["orders"]))
        try bench.attach("consumer", to: "orders")
        for round in 0..<11 {
            try bench.publish((0..<10_000).map { (round * 10_000 + $0, nil) })
            _ = bench.sync()
            let taken = try bench.take("consumer", 10_000).events.map(\.receipt.sequence)
            #expect(taken.count == 10_000)
            try bench.settle("consumer", taken) { .retry($0, after: .seconds(3600)) }
        }
        #expect(try bench.counts("orders").inFlight == 110_000)
    }

    @Test func `what fails its last attempt is dead at once, however late it was to be tried again`() throws {
        var bench = try bench()
        try bench.publish([(1, nil)])
        _ = bench.sync()
        #expect(try take(&bench) == [1])
        try bench.settle("consumer", [1]) { .retry($0, after: .seconds(3600)) }
        #expect(try bench.bury("orders") == 1)
        try bench.check()
    }

    @Test func `a dead letter beside a time-out that has ended hides nothing that came back too often`() throws {
        var bench = try bench()
        try bench.publish([(1, nil), (2, nil)])
        _ = bench.sync()
        #expect(try bench.take("consumer").events.count == 2)
        #expect(try bench.bury("orders") == 0)
        bench.pass(31)
        try bench.reject("consumer", [1], because: "it is wrong")
        #expect(try bench.bury("orders") == 2)
        try bench.check()
    }
}
