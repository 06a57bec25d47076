import Testing
import Tidings
import TidingsBroker
import TidingsRouting

/// What rules give to event logs, as the state has it.
@Suite struct EventLogStateTests {
    private func numbered(_ numbers: ClosedRange<Int>) -> [(number: Int, key: String?)] { numbers.map { ($0, nil) } }

    private func bench() throws -> StateBench {
        var bench = StateBench()
        try bench.declare(EventRule("all", .all, to: [.log("audit")]))
        try bench.declare(EventRule("even", try EventPattern(json: #"{"data":[2,4,6]}"#), to: [.log("audit")]))
        return bench
    }

    @Test func `events are written when they are durable, with all rules that chose them, and leave at once`() throws {
        var bench = try bench()
        try bench.publish(numbered(1...3))
        #expect(try bench.log("audit").isEmpty)
        _ = bench.sync()
        try bench.publish(numbered(4...4))
        #expect(try bench.log("audit") == [1: ["all"], 2: ["all", "even"], 3: ["all"]])
        #expect(try bench.log("audit").isEmpty)
        try bench.check()
        _ = bench.sync()
        #expect(try bench.log("audit") == [4: ["all", "even"]])
        try bench.check()
    }

    @Test func `a log with many rules is written in parts, the lowest sequences first`() throws {
        var bench = StateBench()
        for rule in 0..<200 {
            let number = rule % 2 == 0 ? 1 : 500
            let pattern = try EventPattern(json: #"{"data":[{"numeric":[">=",\#(number)]}]}"#)
            try bench.declare(EventRule("rule \(rule)", pattern, to: [.log("audit")]))
        }
        try bench.publish(numbered(1...1000))
        _ = bench.sync()
        var (logged, parts) = ([UInt64](), 0)
        while logged.count < 1000 {
            let part = try bench.log("audit")
            try #require(!part.isEmpty && logged.last ?? 0 < part.keys.min() ?? 0)
            for (sequence, rules) in part { #expect(rules.count == (sequence < 500 ? 100 : 200)) }
            logged += part.keys.sorted()
            parts += 1
        }
        #expect(logged == Array(1...1000))
        #expect(parts > 1)
        try bench.check()
    }

    @Test func `what the log of the bus has no room for is recorded later, in order`() throws {
        var bench = try bench()
        try bench.publish(numbered(1...2))
        _ = bench.sync()
        try bench.publish(numbered(3...4))
        bench.isFull = true
        #expect(try bench.log("audit").count == 2)
        bench.isFull = false
        try bench.publish(numbered(5...5))
        _ = bench.sync()
        bench.isFull = true
        #expect(try bench.log("audit").count == 3)
        // A rule that goes meanwhile is no reason to forget that.
        #expect(throws: StateBench.Refused.self) { try bench.removeRule("all") }
        bench.isFull = false
        try bench.removeRule("all")
        #expect(bench.state.firstUnwritten() == nil)
        #expect(try bench.tend("audit") == (1, false))
        try bench.check()
    }

    @Test func `what no rule gives to a log any more stays until it is written`() throws {
        var bench = try bench()
        try bench.publish(numbered(1...2))
        _ = bench.sync()
        try bench.removeRule("all")
        try bench.declare(EventRule("even", .all, to: [.log("other")]))
        #expect(try bench.tend("audit") == (0, false))
        try bench.publish(numbered(3...3))
        _ = bench.sync()
        #expect(try bench.log("audit") == [1: ["all"], 2: ["all", "even"]])
        #expect(try bench.tend("audit") == (2, true))
        #expect(try bench.log("other") == [3: ["even"]])
        #expect(try bench.tend("other") == (0, false))
        try bench.check()
    }

    @Test func `a rule that comes back before its events are written goes on where it was`() throws {
        var bench = try bench()
        try bench.publish(numbered(1...1))
        _ = bench.sync()
        try bench.removeRule("all")
        try bench.declare(EventRule("all", .all, to: [.log("audit", retention: .seconds(86_400))]))
        #expect(try bench.tend("audit") == (0, false))
        try bench.publish(numbered(3...3))
        _ = bench.sync()
        #expect(try bench.log("audit") == [1: ["all"], 2: ["all"]])
        try bench.check()
    }
}
