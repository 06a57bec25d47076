import Tidings

extension BusConformance {
    static let settlementChecks = [
        Check("what is acknowledged does not come again") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish([1])
            _ = try await bench.drain(1, from: consumer)
            try await bench.pass(1.25)
            try await bench.expectNothing(for: consumer, "the event was acknowledged")
        },
        Check("a release spends no attempt") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish([1])
            for _ in 1...3 {
                let delivery = try await bench.take(1, from: consumer)[0]
                try bench.expect(delivery.attempt, is: 1, "the attempt after a release")
                try bench.expect(
                    try await consumer.settle([.release(delivery.receipt)]), is: [], "the answer to a release")
            }
        },
        Check("settling twice does no harm and says so") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish([1, 2])
            let deliveries = try await bench.take(2, from: consumer)
            let receipts = deliveries.map(\.receipt)
            let stale = try await consumer.settle([.acknowledge(receipts[0]), .acknowledge(receipts[0])])
            try bench.expect(stale, is: [receipts[0]], "the second receipt of one call")
            let again = try await consumer.settle([
                .acknowledge(receipts[0]), .release(receipts[0]), .acknowledge(receipts[1]),
            ])
            try bench.expect(Set(again), is: [receipts[0]], "the receipts that were settled before")
            try await bench.expectNothing(for: consumer, "both were acknowledged")
        },
        Check("settling nothing is right") { bench in
            let consumer = try await bench.join("group")
            try bench.expect(try await consumer.settle([]), is: [], "the answer to no settlements")
        },
        Check("one call may settle in every way") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish([1, 2, 3])
            let deliveries = try await bench.take(3, from: consumer)
            let receipt = Dictionary(uniqueKeysWithValues: zip(BusBench.numbers(deliveries), deliveries.map(\.receipt)))
            guard let first = receipt[1], let second = receipt[2], let third = receipt[3] else {
                throw Violation("three events were published, and \(BusBench.numbers(deliveries)) came")
            }
            try await consumer.settle([
                .acknowledge(first), .release(second), .extend(third, by: bench.visibility * 3),
            ])
            let again = try await bench.take(1, from: consumer)
            try bench.expect(BusBench.numbers(again), is: [2], "what was released")
            try await consumer.settle([.acknowledge(again[0].receipt)])
            try await bench.pass(1.25)
            try await bench.expectNothing(for: consumer, "the third was extended")
        },
    ]
}
