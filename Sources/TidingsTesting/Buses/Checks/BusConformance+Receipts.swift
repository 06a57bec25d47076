import Tidings

extension BusConformance {
    static let receiptChecks = [
        Check("a receipt is enough: another member may settle what one has taken") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            try await bench.publish([1, 2, 3])
            let receipts = try await bench.receipts(of: [1, 2, 3], from: one)
            let stale = try await other.settle([
                .acknowledge(receipts[0]), .release(receipts[1]), .extend(receipts[2], by: bench.visibility * 3),
            ])
            try bench.expect(stale, is: [], "the stale receipts")
            let again = try await bench.take(1, from: other)
            try bench.expect(BusBench.numbers(again), is: [2], "what was released")
            try await one.settle([.acknowledge(again[0].receipt)])
            try await bench.pass(1.25)
            try await bench.expectNothing(for: other, "the first and second are done, and the third was extended")
        },
        Check("a receipt of one group means nothing to another") { bench in
            let one = try await bench.join("one")
            let other = try await bench.join("other")
            try await bench.publish([1])
            let receipt = try await bench.take(1, from: one)[0].receipt
            for settlement in [Settlement.acknowledge(receipt), .release(receipt), .extend(receipt, by: .seconds(9))] {
                try bench.expect(try await other.settle([settlement]), is: [receipt], "the answer of another group")
            }
            try bench.expect(try await bench.drain(1, from: other), is: [1], "what the other group gets")
            try bench.expect(try await one.settle([.acknowledge(receipt)]), is: [], "the answer of the group itself")
        },
        Check("a receipt that never was is not in force") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish([1])
            let receipt = try await bench.take(1, from: consumer)[0].receipt
            let made = [
                Receipt(sequence: 0, take: 0), Receipt(sequence: .max, take: .max),
                Receipt(sequence: receipt.sequence, take: receipt.take &+ 1),
                Receipt(sequence: receipt.sequence &+ 1, take: receipt.take),
            ]
            let settlements = made.flatMap { [Settlement.acknowledge($0), .release($0), .extend($0, by: .seconds(1))] }
            try bench.expect(Set(try await consumer.settle(settlements)), is: Set(made), "the receipts that never were")
            try bench.expect(try await consumer.settle([.acknowledge(receipt)]), is: [], "the answer to the real one")
        },
        Check("a receipt from before a release is stale, and does not settle the next take") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish([1])
            let old = try await bench.take(1, from: consumer)[0].receipt
            let first = try await consumer.settle([.release(old), .acknowledge(old)])
            try bench.expect(first, is: [old], "the answer to a receipt that was released a moment ago")
            let new = try await bench.take(1, from: consumer)[0]
            try bench.expect(try await consumer.settle([.acknowledge(old)]), is: [old], "the answer to the old receipt")
            try await bench.pass(1.25)
            let again = try await bench.take(1, from: consumer)[0]
            try bench.expect([new.attempt, again.attempt], is: [1, 2], "the attempts, since nothing was acknowledged")
            try bench.expect(
                try await consumer.settle([.acknowledge(again.receipt)]), is: [], "the answer to the last receipt")
        },
        Check("an extension counts from its moment, may be repeated, and ends") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            try await bench.publish([1])
            let receipt = try await bench.take(1, from: one)[0].receipt
            for _ in 1...3 {
                try await bench.pass(0.75)
                try bench.expect(
                    try await one.settle([.extend(receipt, by: bench.visibility)]), is: [], "the answer to it")
                try await bench.expectNothing(for: other, "the time-out was extended")
            }
            try await bench.pass(1.25)
            let again = try await bench.take(1, from: other)[0]
            try bench.expect(again.attempt, is: 2, "the attempt after the last extension has ended")
            let late = try await one.settle([.extend(receipt, by: bench.visibility)])
            try bench.expect(late, is: [receipt], "the answer to an extension that comes too late")
        },
        Check("an extension may end sooner than the time-out would have") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            try await bench.publish([1])
            let receipt = try await bench.take(1, from: one)[0].receipt
            try await one.settle([.extend(receipt, by: bench.visibility * 2)])
            try await one.settle([.extend(receipt, by: bench.visibility / 4)])
            try await bench.pass(0.5)
            let again = try await bench.take(1, from: other)[0]
            try bench.expect(again.attempt, is: 2, "the attempt after a short extension")
        },
        Check("a release takes back one attempt, and not those before it") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish([1])
            for attempt in 1...3 {
                for _ in 1...2 {
                    let delivery = try await bench.take(1, from: consumer)[0]
                    try bench.expect(delivery.attempt, is: attempt, "the attempt")
                    try await consumer.settle([.release(delivery.receipt)])
                }
                let delivery = try await bench.take(1, from: consumer)[0]
                try bench.expect(delivery.attempt, is: attempt, "the attempt after two releases")
                try await bench.pass(1.25)
            }
        },
        Check("what is released while its key is out waits for what is out") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            try await bench.publish([1, 2, 3, 4], key: "a")
            let receipts = try await bench.receipts(of: [1, 2, 3], from: one)
            try await one.settle([.release(receipts[1])])
            guard bench.has(.order) else {
                let rest = try await bench.take(2, from: other)
                return try bench.expect(BusBench.numbers(rest).sorted(), is: [2, 4], "what another member gets")
            }
            try await bench.expectNothing(for: other, "the first and third of the key are out")
            try await one.settle([.acknowledge(receipts[0])])
            try await bench.expectNothing(for: other, "the third of the key is out")
            try await one.settle([.release(receipts[2])])
            let rest = try await bench.take(3, from: other)
            try bench.expect(BusBench.numbers(rest), is: [2, 3, 4], "what comes when the key is free")
            try bench.expect(rest.map(\.attempt), is: [1, 1, 1], "the attempts")
        },
        Check("a consumer that leaves gives back what it has extended, and keeps what it has settled") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            try await bench.publish([1, 2, 3, 4], key: "a")
            let receipts = try await bench.receipts(of: [1, 2, 3], from: one)
            try await one.settle([.acknowledge(receipts[0]), .extend(receipts[1], by: bench.visibility * 2)])
            await one.close()
            let deliveries = try await bench.consume(3, from: other)
            try bench.expect(deliveries, are: [2, 3, 4], "what the other gets")
            try bench.expect(deliveries.map(\.attempt), is: [1, 1, 1], "the attempts")
            try await bench.pass(2.25)
            try await bench.expectNothing(for: other, "everything is done")
        },
    ]
}

extension BusBench {
    /// Takes events and returns their receipts in the order of their numbers.
    fileprivate func receipts(of numbers: [Int], from consumer: any EventConsumer) async throws -> [Receipt] {
        let deliveries = try await take(numbers.count, from: consumer)
        let receipts = Dictionary(zip(Self.numbers(deliveries), deliveries.map(\.receipt))) { first, _ in first }
        try expect(has(.order) ? Self.numbers(deliveries) : receipts.keys.sorted(), is: numbers, "what is taken")
        return numbers.compactMap { receipts[$0] }
    }
}
