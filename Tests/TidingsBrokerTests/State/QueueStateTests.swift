import Testing
import Tidings
import TidingsBroker
import TidingsRouting

/// Queues and rules in the state of the broker: what comes in, what leaves, and where it goes.
@Suite struct QueueStateTests {
    /// A queue that gets everything, and its consumer.
    private func bench(receives: Int = 3, windowEvents: Int = 32_768) throws -> StateBench {
        var bench = StateBench(windowEvents: windowEvents)
        var options = QueueOptions()
        options.maximumReceives = receives
        try bench.declare("orders", options)
        try bench.declare(EventRule("all", .all, to: ["orders"]))
        try bench.attach("consumer", to: "orders")
        return bench
    }

    private func publish(_ numbers: some Sequence<Int>, key: String? = nil, _ bench: inout StateBench) throws {
        try bench.publish(numbers.map { ($0, key) })
        _ = bench.sync()
    }

    private func take(_ bench: inout StateBench) throws -> [UInt64] {
        try bench.take("consumer").events.map(\.receipt.sequence)
    }

    @Test func `a queue gets an event once, however many rules choose it`() throws {
        var bench = try bench()
        try bench.declare("audit")
        try bench.declare(EventRule("again", .all, to: ["audit", "orders"]))
        try publish(1...3, &bench)
        #expect(try take(&bench) == [1, 2, 3])
        #expect(try bench.counts("orders").published == 3)
        #expect(try bench.counts("audit").published == 3)
        try bench.check()
    }

    @Test func `a rule decides from its declaration to its removal, while it is enabled`() throws {
        var bench = try bench()
        try publish(1...1, &bench)
        try bench.declare(EventRule("all", .all, to: ["orders"], isEnabled: false))
        try publish(2...2, &bench)
        try bench.declare(EventRule("all", .all, to: ["orders"]))
        try publish(3...3, &bench)
        try bench.removeRule("all")
        try publish(4...4, &bench)
        #expect(try take(&bench) == [1, 3])
        try bench.check()
    }

    @Test func `the same declared twice writes nothing`() throws {
        var bench = try bench()
        let count = bench.records.count
        try bench.declare("orders")
        try bench.declare(EventRule("all", .all, to: ["orders"]))
        #expect(bench.records.count == count)
        var options = QueueOptions()
        options.visibilityTimeout = .seconds(5)
        try bench.declare("orders", options)
        #expect(bench.records.count == count + 1)
    }

    @Test func `an event that was received as often as it may be is a dead letter, and nobody gets it any more`() throws
    {
        var bench = try bench(receives: 2)
        try publish(1...3, &bench)
        for attempt in 1...2 {
            #expect(try take(&bench) == (attempt == 1 ? [1, 2, 3] : [1, 2]))
            if attempt == 1 { try bench.settle("consumer", [3]) { .acknowledge($0) } }
            bench.pass(31)
        }
        #expect(try bench.bury("orders") == 2)
        #expect(try take(&bench) == [])
        let (orders, letters) = (try bench.counts("orders"), try bench.counts("orders-dead-letters"))
        #expect(
            (orders.movedOut, orders.acknowledged, orders.pending, letters.movedIn, letters.pending) == (2, 1, 0, 2, 2))
        try bench.check()
    }

    @Test func `a settlement of another event does not hide what has come back too often`() throws {
        var bench = try bench(receives: 1)
        try publish(1...2, &bench)
        #expect(try bench.take("consumer", 1).events.count == 1)
        bench.pass(20)
        #expect(try bench.take("consumer", 1).events.count == 1)
        #expect(try bench.bury("orders") == 0)
        bench.pass(11)
        try bench.settle("consumer", [2]) { .acknowledge($0) }
        #expect(try bench.bury("orders") == 1)
        #expect(try take(&bench) == [])
        try bench.check()
    }

    @Test func `an event that dies twice is one dead letter, also while somebody has the first`() throws {
        var bench = try bench(receives: 1)
        try bench.declare(archive: EventArchive("archive", .all, retention: .seconds(3600)))
        try publish(1...1, &bench)
        try bench.attach("undertaker", to: "orders-dead-letters")
        for name in ["first", "second"] {
            #expect(try bench.counts("orders").pending == 1)
            try bench.load("orders")
            #expect(try bench.take("consumer").events.count == 1)
            bench.pass(31)
            #expect(try bench.bury("orders") == 1)
            try bench.load("orders-dead-letters")
            if name == "first" {
                #expect(try bench.take("undertaker").events.count == 1)
                try bench.replay(EventReplay(name, of: "archive", queues: ["orders"]))
            }
        }
        let letters = try bench.counts("orders-dead-letters")
        #expect((letters.movedIn, letters.discarded, letters.pending + letters.inFlight) == (2, 1, 1))
        try bench.check()
    }

    @Test func `a replay gives nothing that its archive has forgotten since it looked`() throws {
        var bench = try bench()
        try bench.removeRule("all")
        try bench.declare(archive: EventArchive("archive", .all, retention: .seconds(60)))
        try publish(1...3, &bench)
        let plan = try bench.begin(EventReplay("late", of: "archive", queues: ["orders"]))
        bench.pass(600)
        #expect(try bench.expireArchive("archive") == 3)
        try bench.take(plan)
        #expect(try bench.counts("orders").replayed == 0)
        try bench.check()
    }

    @Test func `a replay of what is not durable yet is refused`() throws {
        var bench = try bench()
        try publish(1...1, &bench)
        try bench.declare(archive: EventArchive("archive", .all, retention: .seconds(60)))
        try bench.publish([(2, nil), (3, nil)])
        let error = #expect(throws: TidingsError.self) {
            try bench.begin(EventReplay("early", of: "archive", queues: ["orders"]))
        }
        #expect(error?.code == .invalid)
    }

    @Test func `a release is no attempt`() throws {
        var bench = try bench(receives: 1)
        try publish(1...1, &bench)
        for _ in 0..<3 {
            #expect(try take(&bench) == [1])
            try bench.settle("consumer", [1]) { .release($0) }
        }
        #expect(try bench.bury("orders") == 0)
        try bench.check()
    }

    @Test func `a redriven event is in its queue again`() throws {
        var bench = try bench(receives: 1)
        try publish(1...2, &bench)
        #expect(try take(&bench) == [1, 2])
        bench.pass(31)
        #expect(try bench.bury("orders") == 2)
        try publish(3...3, &bench)
        #expect(try bench.redrive("orders-dead-letters", [1]) == 1)
        #expect(try bench.counts("orders").redriven == 1)
        #expect(try bench.counts("orders-dead-letters").returned == 1)
        // It is to be read from the log.
        let take = try bench.take("consumer")
        #expect(take.events.map(\.receipt.sequence) == [3])
        #expect(take.actions.contains(.load))
        try bench.check()
    }

    @Test func `a full log refuses dead letters and redrives as if they had not been`() throws {
        var bench = try bench(receives: 1)
        try publish(1...2, &bench)
        #expect(try take(&bench) == [1, 2])
        bench.pass(31)
        bench.isFull = true
        #expect(throws: StateBench.Refused.self) { try bench.bury("orders") }
        try bench.check()
        bench.isFull = false
        #expect(try bench.bury("orders") == 2)
        bench.isFull = true
        #expect(throws: StateBench.Refused.self) { try bench.redrive("orders-dead-letters") }
        try bench.check()
        bench.isFull = false
        #expect(try bench.redrive("orders-dead-letters") == 2)
        try bench.check()
    }

    @Test func `a hundred thousand events leave in records of ten thousand`() throws {
        var bench = try bench(windowEvents: 1000)
        for batch in 0..<10 { try publish(batch * 10_000..<(batch + 1) * 10_000, &bench) }
        #expect(try take(&bench).count == 100)
        let count = bench.records.count
        try bench.recall("orders")
        #expect(try bench.drop("orders", as: .purged) == 100_000)
        #expect(bench.records.count == count + 10)
        #expect(try bench.settle("consumer", [1, 2]) { .acknowledge($0) } == [1, 2])
        let ledger = try bench.counts("orders")
        #expect((ledger.purged, ledger.pending, ledger.inFlight) == (100_000, 0, 0))
        try bench.check()
    }

    @Test func `what has waited for too long expires, and what is in flight does not`() throws {
        var bench = try bench()
        try publish(1...2, &bench)
        bench.pass(4 * 86_400 - 10)
        try publish(3...4, &bench)
        bench.pass(90)
        #expect(try bench.take("consumer", 1).events.map(\.receipt.sequence) == [1])
        #expect(try bench.expire("orders") == 1)
        #expect(try bench.counts("orders").expired == 1)
        #expect(try bench.settle("consumer", [1]) { .acknowledge($0) } == [])
        #expect(try take(&bench) == [3, 4])
        try bench.check()
    }

    @Test func `a queue without order gives later events of a key while an earlier one is out`() throws {
        var bench = StateBench()
        var options = QueueOptions()
        options.ordering = .none
        try bench.declare("orders", options)
        try bench.declare(EventRule("all", .all, to: ["orders"]))
        try bench.attach("consumer", to: "orders")
        try publish(1...2, key: "k", &bench)
        #expect(try bench.take("consumer", 1).events.count == 1)
        #expect(try bench.take("consumer", 1).events.count == 1)
    }

    @Test func `a queue that is removed is no target, and one made in its place starts empty`() throws {
        var bench = try bench()
        try publish(1...2, &bench)
        try bench.removeQueue("orders")
        try publish(3...3, &bench)
        try bench.declare("orders")
        try bench.check()
        #expect(try bench.counts("orders").published == 0)
        try bench.declare(EventRule("all", .all, to: ["orders"]))
        try bench.attach("consumer", to: "orders")
        try publish(4...4, &bench)
        #expect(try take(&bench) == [4])
        try bench.check()
    }

    /// What cannot be declared, and a part of what is said about it.
    @Test(arguments: [
        (#"name"#, "1 to 255 bytes"), ("group", "is a consumer group"), ("letters", "needs one of its own"),
        ("own", "its own dead-letter queue"), ("chain", "has a dead-letter queue itself"),
        ("receives", "maximumReceives"),
        ("visibility", "visibilityTimeout"), ("retention", "retention"), ("target", "no queue named"),
        ("deadTarget", "gets dead letters"), ("twice", "twice"), ("subscription", "is a queue"),
        ("removal", "remove that queue first"), ("redrive", "not a dead-letter queue"),
    ])
    func `what cannot be is refused with its reason`(what: String, reason: String) throws {
        var bench = try bench()
        try bench.join("member", "group")
        var options = QueueOptions()
        let error = #expect(throws: TidingsError.self) {
            switch what {
            case "name": try bench.declare("")
            case "group": try bench.declare("group")
            case "letters":
                options.deadLetterQueue = "orders-dead-letters"
                try bench.declare("other", options)
            case "own":
                options.deadLetterQueue = "other"
                try bench.declare("other", options)
            case "chain":
                options.deadLetterQueue = "orders"
                try bench.declare("other", options)
            case "receives":
                options.maximumReceives = 0
                try bench.declare("other", options)
            case "visibility":
                options.visibilityTimeout = .seconds(Int64.max)
                try bench.declare("other", options)
            case "retention":
                options.retention = .zero
                try bench.declare("other", options)
            case "target": try bench.declare(EventRule("rule", .all, to: ["nowhere"]))
            case "deadTarget": try bench.declare(EventRule("rule", .all, to: ["orders-dead-letters"]))
            case "twice": try bench.declare(EventRule("rule", .all, to: ["orders", "orders"]))
            case "subscription": try bench.join("other", "orders")
            case "removal": try bench.removeQueue("orders-dead-letters")
            case "redrive": _ = try bench.redrive("orders")
            default: Issue.record("unknown case \(what)")
            }
        }
        #expect(error?.code == .invalid)
        #expect(error.map { "\($0)" }?.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
        try bench.check()
    }
}
