import Tidings

extension BusConformance {
    static let visibilityChecks = [
        Check("what is not settled comes back when its time-out ends, with its attempt counted") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            try await bench.publish([1])
            let first = try await bench.take(1, from: one)
            try bench.expect(first[0].attempt, is: 1, "the first attempt")
            try await bench.pass(0.5)
            try await bench.expectNothing(for: other, "the time-out has not ended")
            try await bench.pass(0.75)
            let second = try await bench.take(1, from: other)
            try bench.expect(BusBench.numbers(second), is: [1], "what comes back")
            try bench.expect(second[0].attempt, is: 2, "the second attempt")
            try await bench.pass(1.25)
            let third = try await bench.take(1, from: one)
            try bench.expect(third[0].attempt, is: 3, "the third attempt")
        },
        Check("what was extended stays out for longer") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            try await bench.publish([1])
            let first = try await bench.take(1, from: one)
            try await bench.pass(0.5)
            let stale = try await one.settle([.extend(first[0].receipt, by: bench.visibility * 2)])
            try bench.expect(stale, is: [], "the stale receipts of an extension")
            try await bench.pass(1)
            try await bench.expectNothing(for: other, "the time-out was extended")
            try await bench.pass(1.25)
            let second = try await bench.take(1, from: other)
            try bench.expect(BusBench.numbers(second), is: [1], "what comes back")
            try bench.expect(second[0].attempt, is: 2, "its attempt")
        },
        Check("the later part of a batch that was not settled comes back in order") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish(1...5, key: "a")
            let first = try await bench.take(4, from: consumer)
            try await consumer.settle(first.prefix(2).map { .acknowledge($0.receipt) })
            try await bench.pass(1.25)
            let again = try await bench.take(3, from: consumer)
            let numbers = BusBench.numbers(again)
            try bench.expect(bench.has(.order) ? numbers : numbers.sorted(), is: [3, 4, 5], "what comes back")
            try bench.expect(again.map(\.attempt).sorted(), is: [1, 2, 2], "the attempts")
        },
        Check("a receipt from before a time-out is stale") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish([1])
            let old = try await bench.take(1, from: consumer)[0].receipt
            try await bench.pass(1.25)
            let new = try await bench.take(1, from: consumer)[0].receipt
            for settlement in [Settlement.acknowledge(old), .release(old), .extend(old, by: .seconds(1))] {
                try bench.expect(try await consumer.settle([settlement]), is: [old], "the answer to an old receipt")
            }
            try bench.expect(try await consumer.settle([.acknowledge(new)]), is: [], "the answer to the new receipt")
        },
        Check("a member that waits gets what another lets go") { bench in
            // It waits from before anything is out, so nobody has told it of a time-out.
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            let (attempts, report) = AsyncStream.makeStream(of: Int.self)
            let members = [one, other].map { member in
                Task { report.yield(try await member.next(atMost: 1)[0].attempt) }
            }
            defer { for member in members { member.cancel() } }
            try await bench.publish([1])
            let first = try await bench.within("the event") { await attempts.first { _ in true } }
            try bench.expect(first, is: 1, "the attempt of the member that gets the event")
            let second = try await bench.passing { await attempts.first { _ in true } }
            try bench.expect(second, is: 2, "the attempt of the member that went on waiting")
        },
    ]
}
