import Tidings
import TidingsRouting

extension BusConformance {
    static let lifetimeChecks = [
        Check("a restart keeps events, attempts and groups of a durable bus, and nothing of another") { bench in
            let consumer = try await bench.join("group", EventPattern(types: "conformance.*"))
            _ = try await bench.join("other")
            try await bench.publish(1...4, key: "a")
            let taken = try await bench.take(2, from: consumer)
            try await consumer.settle([.acknowledge(taken[0].receipt)])
            try await bench.restart()
            guard bench.has(.durable) else {
                let again = try await bench.join("group", EventPattern(types: "conformance.*"))
                return try await bench.expectNothing(for: again, "a bus that is not durable was restarted")
            }
            try await bench.publish([5], key: "a")
            try await bench.publish([6], type: "unwanted.v1")
            let again = try await bench.join("group", EventPattern(types: "conformance.*"))
            let deliveries = try await bench.take(4, from: again)
            let numbers = BusBench.numbers(deliveries)
            let attempts = Dictionary(uniqueKeysWithValues: zip(numbers, deliveries.map(\.attempt)))
            try bench.expect(attempts, is: [2: 2, 3: 1, 4: 1, 5: 1], "the events and their attempts")
            if bench.has(.order) { try bench.expect(numbers, is: [2, 3, 4, 5], "their order") }
            let other = try await bench.join("other")
            try bench.expect(try await bench.drain(6, from: other).sorted(), is: Array(1...6), "the other group")
        },
        Check("a restart does not spend an attempt that was released") { bench in
            guard bench.has(.durable) else { return try await bench.forgets() }
            let consumer = try await bench.join("group")
            try await bench.publish([1])
            let taken = try await bench.take(1, from: consumer)
            try await consumer.settle([.release(taken[0].receipt)])
            try await bench.restart()
            let again = try await bench.take(1, from: try await bench.join("group"))
            try bench.expect(again[0].attempt, is: 1, "the attempt after a release and a restart")
        },
        Check("sequences go on rising after a restart of a durable bus") { bench in
            guard bench.has(.durable) else { return try await bench.forgets() }
            let before = try await bench.publish([1])[0].sequence
            try await bench.restart()
            let after = try await bench.publish([2])[0].sequence
            try bench.expect(after > before || (before, after) == (0, 0), "\(before) and then \(after)")
        },
        Check("a bus that was closed says so to every call") { bench in
            let bus = bench.bus
            let consumer = try await bench.join("group")
            let health = await bus.health()
            try bench.expect(health.isConnected, "an open bus is connected: \(health.reason ?? "")")
            try await bench.publish([1])
            let receipt = try await bench.take(1, from: consumer)[0].receipt
            let event = bench.event(2)
            let waiting = [Task { try await consumer.next(atMost: 1) }, Task { try await consumer.next(atMost: 1) }]
            try await bench.close()
            for task in waiting {
                try await bench.expect(.closed, from: "a next that waited") {
                    try await bench.value(of: task, "the end of a next that waited")
                }
            }
            try await bench.expect(.closed, from: "publish") { try await bus.publish([event]) }
            try await bench.expect(.closed, from: "publish of nothing") { try await bus.publish([]) }
            try await bench.expect(.closed, from: "subscribe") {
                try await bus.subscribe(Subscription(group: "group", pattern: .all))
            }
            try await bench.expect(.closed, from: "next") { try await consumer.next(atMost: 1) }
            try await bench.expect(.closed, from: "settle") { try await consumer.settle([.acknowledge(receipt)]) }
            try await bench.expect(.closed, from: "depth") { try await consumer.depth() }
            await consumer.close()
            let closed = await bus.health()
            try bench.expect(!closed.isConnected && closed.reason != nil, "a closed bus is not connected and says why")
        },
    ]
}

extension BusBench {
    /// Expects a bus that is not durable to have nothing after a restart.
    mutating func forgets() async throws {
        _ = try await join("group")
        try await publish([1])
        try await restart()
        try await expectNothing(for: try await join("group"), "a bus that is not durable was restarted")
    }
}
