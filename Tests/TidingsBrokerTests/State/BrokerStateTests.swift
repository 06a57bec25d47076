import Testing
import Tidings
import TidingsBroker
import TidingsRouting

/// The state of the broker as a table: what each step gives, with the ledgers and the records checked behind each.
@Suite struct BrokerStateTests {
    enum Step {
        case join(String, String)
        /// One event for each key; "" for none. The numbers of the events go on.
        case publish([String])
        case sync(wakes: [UInt32])
        case pass(seconds: Int)
        case take(String, Int, gives: [UInt64], attempts: [Int])
        case acknowledge(String, [UInt64], stale: [UInt64] = [])
        case release(String, [UInt64], stale: [UInt64] = [])
        case extend(String, [UInt64], seconds: Int)
        case leave(String)
        case remove(String)
        /// Published, acknowledged, pending, in flight.
        case ledger(String, [Int])
    }

    struct Scenario: CustomTestStringConvertible {
        let testDescription: String
        let steps: [Step]

        init(_ testDescription: String, _ steps: [Step]) {
            self.testDescription = testDescription
            self.steps = steps
        }
    }

    static let scenarios = [
        Scenario(
            "events are seen when they are durable, and a release does not count",
            [
                .join("a", "g"), .publish(["", "", ""]), .take("a", 10, gives: [], attempts: []),
                .ledger("g", [3, 0, 3, 0]), .sync(wakes: [0]), .take("a", 2, gives: [1, 2], attempts: [1, 1]),
                .acknowledge("a", [1]), .release("a", [2]), .take("a", 10, gives: [2, 3], attempts: [1, 1]),
                .ledger("g", [3, 1, 0, 2]), .acknowledge("a", [2, 3, 1], stale: [1]), .ledger("g", [3, 3, 0, 0]),
            ]),
        Scenario(
            "groups and keys that only look alike are two",
            [
                .join("a", "caf\u{E9}"), .join("b", "cafe\u{301}"), .publish(["caf\u{E9}", "cafe\u{301}"]),
                .sync(wakes: [0, 1]), .take("a", 1, gives: [1], attempts: [1]),
                .take("a", 1, gives: [2], attempts: [1]),
                .take("b", 10, gives: [1, 2], attempts: [1, 1]), .acknowledge("a", [1, 2]),
                .ledger("caf\u{E9}", [2, 2, 0, 0]), .ledger("cafe\u{301}", [2, 0, 0, 2]),
            ]),
        Scenario(
            "what a member does not settle in time comes to another one, and its receipts are stale",
            [
                .join("a", "g"), .join("b", "g"), .publish(["", ""]), .sync(wakes: [0]),
                .take("a", 10, gives: [1, 2], attempts: [1, 1]), .pass(seconds: 29),
                .take("b", 10, gives: [], attempts: []), .extend("a", [2], seconds: 30), .pass(seconds: 1),
                .take("b", 10, gives: [1], attempts: [2]), .acknowledge("a", [1, 2], stale: [1]),
                .ledger("g", [2, 1, 0, 1]), .acknowledge("b", [1]), .ledger("g", [2, 2, 0, 0]),
            ]),
        Scenario(
            "a key is with one member at a time and in order; other keys go on",
            [
                .join("a", "g"), .join("b", "g"), .publish(["k", "k", "j", "k"]), .sync(wakes: [0]),
                .take("a", 1, gives: [1], attempts: [1]), .take("b", 10, gives: [3], attempts: [1]),
                .release("a", [1]), .take("b", 2, gives: [1, 2], attempts: [1, 1]),
                .take("a", 10, gives: [], attempts: []), .acknowledge("b", [1]),
                .take("a", 10, gives: [], attempts: []), .acknowledge("b", [2, 3]),
                .take("a", 10, gives: [4], attempts: [1]), .ledger("g", [4, 3, 0, 1]),
            ]),
        Scenario(
            "a member that leaves gives back what it has",
            [
                .join("a", "g"), .join("b", "g"), .publish(["k", "k"]), .sync(wakes: [0]),
                .take("a", 1, gives: [1], attempts: [1]), .leave("a"), .acknowledge("a", [1], stale: [1]),
                .take("b", 10, gives: [1, 2], attempts: [1, 1]), .ledger("g", [2, 0, 0, 2]),
            ]),
        Scenario(
            "a removed group is gone with its events, another stays, and its name begins anew",
            [
                .join("a", "g"), .join("b", "h"), .publish(["", ""]), .remove("g"), .sync(wakes: [1]),
                .take("b", 10, gives: [1, 2], attempts: [1, 1]), .publish([""]), .join("c", "g"), .publish([""]),
                .sync(wakes: [1, 2]), .take("c", 10, gives: [4], attempts: [1]),
                .take("b", 10, gives: [3, 4], attempts: [1, 1]), .ledger("h", [4, 0, 0, 4]),
                .ledger("g", [1, 0, 0, 1]),
            ]),
    ]

    @Test(arguments: scenarios) func `each step gives what it should`(scenario: Scenario) throws {
        var bench = StateBench()
        var number = 0
        for (index, step) in scenario.steps.enumerated() {
            let place: Comment = "step \(index + 1): \(step)"
            switch step {
            case .join(let member, let group): try bench.join(member, group)
            case .publish(let keys):
                try bench.publish(keys.enumerated().map { (number + $0, $1.isEmpty ? nil : $1) })
                number += keys.count
            case .sync(let groups): #expect(bench.sync() == groups, place)
            case .pass(let seconds): bench.pass(seconds)
            case .take(let member, let maximum, let sequences, let attempts):
                let take = try bench.take(member, maximum)
                #expect(take.events.map(\.receipt.sequence) == sequences, place)
                #expect(take.events.map(\.attempt) == attempts, place)
                // What was taken before is read from the log.
                let held = take.events.filter { $0.event != nil }
                #expect(held.map { $0.event?.number } == held.map { Int($0.receipt.sequence) - 1 }, place)
            case .acknowledge(let member, let sequences, let stale):
                #expect(try bench.settle(member, sequences) { .acknowledge($0) } == stale, place)
            case .release(let member, let sequences, let stale):
                #expect(try bench.settle(member, sequences) { .release($0) } == stale, place)
            case .extend(let member, let sequences, let seconds):
                #expect(try bench.settle(member, sequences) { .extend($0, by: .seconds(seconds)) } == [], place)
            case .leave(let member): try bench.leave(member)
            case .remove(let group): try bench.remove(group)
            case .ledger(let group, let counts): #expect(try bench.ledger(group) == counts, place)
            }
            try bench.check()
        }
    }

    @Test func `members of a removed group get an error, and its number is not given again`() throws {
        var bench = StateBench()
        try bench.join("a", "g")
        try bench.publish([(1, nil)])
        _ = bench.sync()
        _ = try bench.take("a")
        try bench.remove("g")
        for request in [{ _ = try $0.take("a") }, { try $0.leave("a") }] as [(inout StateBench) throws -> Void] {
            let error = #expect(throws: TidingsError.self) { try request(&bench) }
            #expect(error?.code == .closed)
        }
        try bench.join("b", "other")
        #expect(try bench.state.group(named: "other").number == 1)
        try bench.check()
    }

    @Test func `a full log refuses a take and a publish as if they had not been, and settlements come first later`()
        throws
    {
        var bench = StateBench()
        try bench.join("a", "g")
        try bench.publish([(1, "k"), (2, "k"), (3, nil)])
        _ = bench.sync()
        #expect(try bench.take("a", 2).events.map(\.attempt) == [1, 1])
        bench.isFull = true
        #expect(throws: StateBench.Refused.self) { try bench.take("a") }
        #expect(throws: StateBench.Refused.self) { try bench.publish([(4, nil)]) }
        #expect(throws: StateBench.Refused.self) { try bench.remove("g") }
        #expect(throws: StateBench.Refused.self) { try bench.join("b", "h") }
        #expect(try bench.ledger("g") == [3, 0, 1, 2])
        let written = bench.records.count
        #expect(try bench.settle("a", [1]) { .acknowledge($0) } == [])
        #expect(try bench.settle("a", [2]) { .release($0) } == [])
        #expect(try bench.ledger("g") == [3, 1, 2, 0])
        #expect(bench.state.firstUnwritten()?.bytes.first == BrokerRecord.Kind.acknowledge.rawValue)
        try bench.check()
        bench.isFull = false
        #expect(try bench.publish([(4, nil)]).sequences == [4])
        #expect(bench.records.dropFirst(written).map { $0[0] } == [4, 5, 2])
        _ = bench.sync()
        // Neither the refused take nor the released one counts.
        #expect(try bench.take("a").events.map(\.receipt.sequence) == [2, 3, 4])
        #expect(try bench.ledger("g") == [4, 1, 0, 3])
        try bench.check()
    }

    @Test func `a duplicate has the sequence of the first, and waits until that is durable`() throws {
        var bench = StateBench()
        try bench.join("a", "g")
        #expect(try bench.publish([(1, nil), (2, nil)]).sequences == [1, 2])
        let early = try bench.publish([(2, nil)])
        #expect(early.sequences == [2] && early.waitsFor == UInt64(bench.records.count))
        _ = bench.sync()
        let late = try bench.publish([(1, nil)])
        #expect(late.sequences == [1] && late.waitsFor == nil)
        #expect(try bench.publish([(2, nil), (3, nil), (1, nil), (4, nil)]).sequences == [2, 3, 1, 4])
        _ = bench.sync()
        #expect(try bench.take("a").events.map(\.receipt.sequence) == [1, 2, 3, 4])
        bench.pass(122)
        #expect(try bench.publish([(1, nil)]).sequences == [5])
        try bench.check()
    }

    @Test func `a group that is longer than its window asks once for what is in the log`() throws {
        var bench = StateBench(windowEvents: 8)
        try bench.join("a", "g")
        try bench.publish((1...20).map { ($0, nil) })
        _ = bench.sync()
        #expect(try bench.ledger("g") == [20, 0, 20, 0])
        let first = try bench.take("a", 5)
        #expect(first.events.count == 5 && first.actions.contains(.wakeMember) && !first.actions.contains(.load))
        let second = try bench.take("a", 5)
        #expect(second.events.map(\.receipt.sequence) == [6, 7, 8] && second.actions == .load)
        #expect(try bench.take("a", 5).actions == [])
        #expect(try bench.ledger("g") == [20, 0, 12, 8])
        try bench.check()
    }

    @Test func `a broker that has stopped refuses every request with its reason`() throws {
        var bench = StateBench()
        try bench.join("a", "g")
        bench.stop(because: TidingsError(.unavailable, "first"))
        bench.stop(because: TidingsError(.closed, "second"))
        let requests: [(inout StateBench) throws -> Void] = [
            { _ = try $0.take("a") }, { try $0.publish([(1, nil)]) }, { try $0.join("b", "h") }, { try $0.remove("g") },
            { try $0.settle("a", []) { .acknowledge($0) } },
        ]
        for request in requests {
            let error = #expect(throws: TidingsError.self) { try request(&bench) }
            #expect(error?.code == .unavailable)
        }
    }

    @Test func `what becomes durable at once is shown in parts, each record whole`() throws {
        var bench = StateBench()
        for group in ["g", "h"] { try bench.join("member of \(group)", group) }
        for record in 0..<3 { try bench.publish((record * 5..<record * 5 + 5).map { ($0, nil) }) }
        let isDoneAtFirst = bench.sync(atMost: 3)
        #expect(!isDoneAtFirst)
        #expect(try bench.take("member of g").events.map(\.receipt.sequence) == Array(1...10))
        try bench.check()
        let isDone = bench.sync(atMost: 3)
        #expect(isDone)
        #expect(try bench.take("member of g").events.map(\.receipt.sequence) == Array(11...15))
        #expect(try bench.take("member of h").events.map(\.receipt.sequence) == Array(1...15))
        try bench.check()
    }
}
