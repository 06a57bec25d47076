import Synchronization
import Tidings

extension BusConformance {
    static let orderChecks = [
        Check("one consumer sees a key in publishing order") { bench in
            let consumer = try await bench.join("group")
            for round in 0..<5 { try await bench.publish(round * 20..<round * 20 + 20, key: "key") }
            let numbers = try await bench.drain(100, from: consumer, batch: 7)
            let expected = Array(0..<100)
            try bench.expect(bench.has(.order) ? numbers : numbers.sorted(), is: expected, "the order")
        },
        Check("several members see each key in publishing order") { bench in
            try await bench.keepsOrder(keys: 7, events: 60, members: 4)
        },
        Check("a key is never out in two batches") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            try await bench.publish(1...3, key: "a")
            let first = try await bench.take(1, from: one)
            try await bench.publish([4], key: "b")
            guard bench.has(.order) else {
                let rest = try await bench.take(3, from: other)
                return try bench.expect(BusBench.numbers(rest).sorted(), is: [2, 3, 4], "what the other member gets")
            }
            let second = try await bench.next(other)
            try bench.expect(BusBench.numbers(second), is: [4], "what the other member gets")
            try await one.settle(first.map { .acknowledge($0.receipt) })
            let rest = try await bench.take(2, from: other)
            try bench.expect(BusBench.numbers(rest), is: [2, 3], "what it gets when the key is free")
        },
        Check("what is released goes before what follows it") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish(1...3, key: "a")
            let first = try await bench.take(2, from: consumer)
            try await consumer.settle(first.reversed().map { .release($0.receipt) })
            let again = try await bench.take(3, from: consumer)
            let numbers = BusBench.numbers(again)
            try bench.expect(bench.has(.order) ? numbers : numbers.sorted(), is: [1, 2, 3], "what is taken again")
            try bench.expect(again.map(\.attempt), is: [1, 1, 1], "the attempts")
        },
    ]
}

extension BusBench {
    /// Several members take batches at once, and give back one in four; each key is expected in order.
    func keepsOrder(keys: Int, events: Int, members: Int) async throws {
        var consumers: [any EventConsumer] = []
        for _ in 0..<members { consumers.append(try await join("group")) }
        for number in 0..<events {
            try await bus.publish((0..<keys).map { event(number, key: "key \($0)") })
        }
        let record = OrderRecord(left: keys * events)
        try await within("every event to be settled") { [consumers] in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, consumer) in consumers.enumerated() {
                    group.addTask { try await record.consume(from: consumer, seed: UInt64(index)) }
                }
                // The first to end has settled the last event; the others wait for more.
                defer { group.cancelAll() }
                try await group.next()
            }
        }
        for (key, numbers) in record.numbers {
            try expect(has(.order) ? numbers : numbers.sorted(), is: Array(0..<events), "the order of \(key)")
        }
        try expect(record.numbers.count, is: keys, "the count of keys")
    }
}

/// What several members have acknowledged, by key.
private final class OrderRecord: Sendable {
    private struct State {
        var left: Int
        var numbers: [String: [Int]] = [:]
    }

    private let state: Mutex<State>

    init(left: Int) {
        state = Mutex(State(left: left))
    }

    var numbers: [String: [Int]] { state.withLock(\.numbers) }

    func consume(from consumer: any EventConsumer, seed: UInt64) async throws {
        var generator = SplitMix64(seed: seed)
        while state.withLock({ $0.left > 0 }) {
            let maximum = Int.random(in: 1...20, using: &generator)
            let deliveries = try await consumer.next(atMost: maximum)
            if Int.random(in: 0..<4, using: &generator) == 0 {
                try await consumer.settle(deliveries.map { .release($0.receipt) })
                continue
            }
            // Noted before it is settled: afterwards another member may be the first to go on with a key.
            state.withLock { state in
                for delivery in deliveries {
                    state.numbers[delivery.event.subject ?? "", default: []] += BusBench.numbers([delivery])
                }
            }
            let stale = try await consumer.settle(deliveries.map { .acknowledge($0.receipt) })
            guard stale.isEmpty else { throw Violation("a receipt in force was called stale") }
            state.withLock { $0.left -= deliveries.count }
        }
    }
}
