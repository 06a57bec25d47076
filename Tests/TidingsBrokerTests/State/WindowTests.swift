import Testing
import Tidings
import TidingsBroker

@Suite struct WindowTests {
    @Test func `a batch is one run in the window of each group, whatever the keys`() throws {
        var bench = StateBench()
        for group in ["a", "b"] { try bench.join(group, group) }
        try bench.publish((1...1000).map { ($0, "key \($0 % 7)") })
        try bench.publish([(1001, nil)])
        _ = bench.sync()
        for group in ["a", "b"] {
            #expect(try bench.weight(of: group) == 2)
            let first = try bench.take(group, 400).events.map(\.receipt.sequence)
            let second = try bench.take(group, 1000).events.map(\.receipt.sequence)
            // The last one has no key, and the others wait for those of their keys that are out.
            #expect(first.count == 400 && second == [1001])
            _ = try bench.settle(group, first) { .acknowledge($0) }
            #expect(try bench.take(group, 1000).events.count == 600)
        }
        try bench.check()
    }

    @Test func `all windows share one budget, and what it has no room for comes from the log in its order`() throws {
        var bench = StateBench(windowWeight: 2048)
        try bench.join("0", "0")
        var published = 0
        func publish(_ count: Int) throws {
            for number in published + 1...published + count { try bench.publish([(number, nil)]) }
            published += count
            _ = bench.sync()
        }
        try publish(2000)
        #expect(try bench.weight(of: "0") == 2000)
        for group in 1..<8 { try bench.join("\(group)", "\(group)") }
        try publish(600)
        for group in 0..<8 { #expect(try (200...512).contains(bench.weight(of: "\(group)"))) }
        try bench.check()
        for group in 0..<8 {
            let expected = group == 0 ? Array(1...2600) : Array(2001...2600)
            #expect(try bench.drain("\(group)") == expected.map(UInt64.init))
        }
        try bench.check()
    }

    @Test func `a window that gets nothing more is cut down in its turn`() throws {
        var bench = StateBench(windowWeight: 1024)
        try bench.join("member", "group")
        for number in 1...600 { try bench.publish([(number, nil)]) }
        _ = bench.sync()
        for group in 0..<3 { try bench.join("\(group)", "\(group)") }
        bench.state.trimWindow(of: try bench.group(of: "member"))
        #expect(try bench.weight(of: "member") == 256)
        try bench.check()
        #expect(try bench.drain("member") == Array(1...600))
    }

    @Test func `a window is not cut down while what stands behind it is being loaded`() throws {
        var bench = StateBench(windowEvents: 4096, windowWeight: 16_384)
        try bench.join("member", "group")
        for number in 1...5000 { try bench.publish([(number, nil)]) }
        _ = bench.sync()
        #expect(try bench.take("member", 3100).actions.contains(.load))
        let group = try bench.group(of: "member")
        let reading = try #require(try bench.state.planReading(group))
        for other in 0..<63 { try bench.join("\(other)", "\(other)") }
        bench.state.trimWindow(of: group)
        bench.state.load(reading, of: group)
        #expect(try bench.take("member", 2000).events.map(\.receipt.sequence) == Array(3101...5000))
        try bench.check()
    }

    @Test func `an event that came back keeps those before it in the window`() throws {
        var queue = DeliveryQueue()
        for sequence in 1...10 as ClosedRange<UInt64> where sequence != 7 {
            queue.add(DeliveryQueue.Entry(sequence: sequence, key: sequence, reference: nil))
        }
        queue.insert(DeliveryQueue.Entry(sequence: 7, key: 7))
        #expect(queue.removeLast(toRuns: 0).map(\.first.sequence) == [10, 9, 8])
        #expect(queue.take(atMost: 10, for: 1, at: .zero, visibility: .seconds(1)).1.map(\.sequence) == Array(1...7))
    }
}

extension StateBench {
    fileprivate func group(of member: String) throws -> GroupID { try #require(members[member]).group }

    fileprivate func weight(of member: String) throws -> Int { state.weight(ofWindow: try group(of: member)) }

    /// Takes and acknowledges all that a member gets.
    /// - Returns: It, in its order.
    fileprivate mutating func drain(_ member: String) throws -> [UInt64] {
        var drained: [UInt64] = []
        while true {
            let taken = try take(member).events.map(\.receipt.sequence)
            _ = try settle(member, taken) { .acknowledge($0) }
            drained += taken
            guard let reading = try state.planReading(try group(of: member)) else {
                if taken.isEmpty { return drained }
                continue
            }
            state.load(reading, of: try group(of: member))
        }
    }
}
