import Tidings
import TidingsRouting

extension BusConformance {
    static let restartChecks = [
        Check("what publishers were told stays so after a restart") { bench in
            guard bench.has(.durable) else { return try await bench.forgets() }
            _ = try await bench.join("group")
            let publisher = bench
            let reports = try await bench.within("four publishers") {
                try await withThrowingTaskGroup(of: [PublishedEvent].self) { group in
                    for key in 0..<4 {
                        group.addTask {
                            var reports: [PublishedEvent] = []
                            for round in 0..<10 {
                                let numbers = (0..<10).map { (round * 10 + $0) * 4 + key }
                                reports += try await publisher.publishKeyed(numbers, keys: 4)
                            }
                            return reports
                        }
                    }
                    return try await group.reduce(into: [PublishedEvent]()) { $0 += $1 }
                }
            }
            try await bench.restart()
            let deliveries = try await bench.consume(400, from: try await bench.join("group"))
            try bench.expect(deliveries, are: 0..<400, "what was published")
            let sequences = Dictionary(reports.map { ($0.id, $0.sequence) }) { first, _ in first }
            let isKept = deliveries.allSatisfy { delivery in
                [0, delivery.receipt.sequence].contains(sequences[delivery.event.id])
            }
            try bench.expect(isKept, "the sequences that publishers were told are those of the deliveries")
        },
        Check("what was acknowledged stays so, and attempts stay counted, over several restarts") { bench in
            guard bench.has(.durable) else { return try await bench.forgets() }
            var consumer = try await bench.join("group")
            try await bench.publish(1...5)
            for life in 1...4 {
                let left = Array(life...5)
                let deliveries = try await bench.take(left.count, from: consumer)
                try bench.expect(BusBench.numbers(deliveries).sorted(), is: left, "what is left in life \(life)")
                try bench.expect(
                    deliveries.map(\.attempt), is: left.map { _ in life }, "the attempts in life \(life)")
                let done = deliveries.filter { BusBench.numbers([$0]) == [life] }
                try await consumer.settle(done.map { .acknowledge($0.receipt) })
                try await bench.restart()
                consumer = try await bench.join("group")
            }
            let last = try await bench.take(1, from: consumer)[0]
            try bench.expect(last.attempt, is: 5, "the last attempt")
            try await consumer.settle([.acknowledge(last.receipt)])
            try await bench.restart()
            try await bench.expectNothing(for: try await bench.join("group"), "everything is done")
        },
        Check("a receipt of a former life is not in force") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish([1, 2])
            let old = try await bench.take(2, from: consumer).map(\.receipt)
            try await bench.restart()
            let again = try await bench.join("group")
            guard bench.has(.durable) else {
                let stale = try await again.settle(old.map { .acknowledge($0) })
                return try bench.expect(Set(stale), is: Set(old), "the receipts, of which nothing is left")
            }
            for settlement in [Settlement.acknowledge(old[0]), .release(old[0]), .extend(old[0], by: .seconds(9))] {
                try bench.expect(try await again.settle([settlement]), is: [old[0]], "the answer to an old receipt")
            }
            let new = try await bench.take(2, from: again)
            try bench.expect(new.map(\.attempt), is: [2, 2], "the attempts")
            try bench.expect(Set(new.map(\.receipt)).isDisjoint(with: old), "receipts are new in a new life")
            let stale = try await again.settle(old.map { .acknowledge($0) })
            try bench.expect(Set(stale), is: Set(old), "the old receipts, when the events are out again")
            try bench.expect(
                try await again.settle(new.map { .acknowledge($0.receipt) }), is: [], "the answer to the new ones")
        },
        Check("groups, and the patterns they had last, are there after a restart") { bench in
            guard bench.has(.durable) else { return try await bench.forgets() }
            _ = try await bench.join("changed", EventPattern(types: "a.v1"))
            _ = try await bench.join("changed", EventPattern(types: "b.v1"))
            _ = try await bench.join("large", EventPattern(json: #"{"data":[{"numeric":[">=",3]}]}"#))
            try await bench.restart()
            // Nobody has joined in this life.
            for number in 1...4 { try await bench.publish([number], type: number % 2 == 0 ? "a.v1" : "b.v1") }
            try await bench.restart()
            let changed = try await bench.join("changed", EventPattern(types: "b.v1"))
            let large = try await bench.join("large")
            try await bench.publish([5], type: "a.v1")
            try await bench.publish([6], type: "b.v1")
            try bench.expect(try await bench.consume(3, from: changed), are: [1, 3, 6], "a pattern that was changed")
            try bench.expect(try await bench.consume(4, from: large), are: [3, 4, 5, 6], "a pattern for the data")
        },
        Check("a long backlog goes on after a restart where it was") { bench in
            guard bench.has(.durable) else { return try await bench.forgets() }
            let consumer = try await bench.join("group")
            for start in stride(from: 0, to: 4000, by: 500) {
                try await bench.publishKeyed(start..<start + 500, keys: 20)
            }
            var all = try await bench.consume(1000, from: consumer)
            for _ in 1...3 {
                try await bench.restart()
                let again = try await bench.join("group")
                all += try await bench.consume(900, from: again)
                // These stay out, and come back with their keys in order.
                _ = try await bench.take(5, from: again)
            }
            try await bench.restart()
            all += try await bench.consume(4000 - all.count, from: try await bench.join("group"))
            try bench.expect(all, are: 0..<4000, "the backlog over four restarts")
        },
        Check("an open bus is well, and a closed one is not, whatever came after it") { bench in
            let former = bench.bus
            try bench.expect(await former.health(), is: BusHealth(isConnected: true), "the health of a new bus")
            let consumer = try await bench.join("group")
            try await bench.publish(1...100)
            _ = try await bench.drain(50, from: consumer)
            try bench.expect(await former.health(), is: BusHealth(isConnected: true), "the health of a bus at work")
            try await bench.restart()
            let closed = await former.health()
            try bench.expect(!closed.isConnected, "a closed bus is not connected")
            try bench.expect(closed.reason?.isEmpty == false, "a closed bus says why it is not connected")
            let health = await bench.bus.health()
            try bench.expect(health, is: BusHealth(isConnected: true), "the health of a bus that was opened again")
        },
    ]
}
