import Tidings

extension BusConformance {
    static let waitingChecks = [
        Check("a batch wakes as many members as it has events for") { bench in
            let members = [try await bench.join("group"), try await bench.join("group")]
            let waiting = members.map { member in Task { try await member.next(atMost: 1) } }
            try await bench.waitForWaiting(2)
            try await bench.publish([1, 2])
            var numbers: [Int] = []
            for task in waiting { numbers += BusBench.numbers(try await bench.value(of: task, "an event for each")) }
            try bench.expect(numbers.sorted(), is: [1, 2], "what the two members got")
        },
        Check("a settlement wakes a member for what waited behind it") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            for isReleased in [false, true] {
                try await bench.publish([1, 2], key: "a")
                let first = try await bench.take(1, from: one)[0].receipt
                guard bench.has(.order) else {
                    try await one.settle([.acknowledge(first)])
                    _ = try await bench.drain(1, from: other)
                    continue
                }
                let waiting = Task { try await other.next(atMost: 2) }
                try await bench.waitForWaiting(1)
                try await one.settle([isReleased ? .release(first) : .acknowledge(first)])
                let rest = try await bench.value(of: waiting, "what waited for its key")
                try bench.expect(BusBench.numbers(rest), is: isReleased ? [1, 2] : [2], "what the other member gets")
                try await other.settle(rest.map { .acknowledge($0.receipt) })
            }
        },
        Check("a member that leaves wakes another for what it had") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            try await bench.publish([1])
            _ = try await bench.take(1, from: one)
            let waiting = Task { try await other.next(atMost: 1) }
            try await bench.waitForWaiting(1)
            await one.close()
            let deliveries = try await bench.value(of: waiting, "what a member had that has left")
            try bench.expect(deliveries.map(\.attempt), is: [1], "the attempts")
        },
        Check("an extension that ends sooner wakes a member that waits, in time") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            try await bench.publish([1])
            let receipt = try await bench.take(1, from: one)[0].receipt
            let waiting = Task { try await other.next(atMost: 1) }
            defer { waiting.cancel() }
            try await bench.waitForWaiting(1)
            try await one.settle([.extend(receipt, by: bench.visibility / 4)])
            let again = try await bench.passing(atMost: 0.75) { try await waiting.value }
            try bench.expect(again.map(\.attempt), is: [2], "the attempt after a short extension")
        },
        Check("a member with a shorter time-out wakes those who wait by the longer one") { bench in
            let (attempts, report) = AsyncStream.makeStream(of: Int.self)
            var waiting: [Task<Void, any Error>] = []
            defer { for task in waiting { task.cancel() } }
            for _ in 0..<2 {
                let member = try await bench.join("group")
                waiting.append(Task { report.yield(try await member.next(atMost: 1)[0].attempt) })
            }
            try await bench.waitForWaiting(2)
            let third = try await bench.join("group", visibility: bench.visibility / 4)
            try await bench.publish([1])
            let first = try await bench.within("the event") { await attempts.first { _ in true } }
            try bench.expect(first, is: 1, "the attempt of the member that gets the event")
            let second = try await bench.passing(atMost: 0.75) { await attempts.first { _ in true } }
            try bench.expect(second, is: 2, "the attempt of the member that went on waiting")
            await third.close()
        },
    ]
}
