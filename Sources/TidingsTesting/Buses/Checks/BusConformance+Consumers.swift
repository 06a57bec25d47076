import Tidings

extension BusConformance {
    static let consumerChecks = [
        Check("a consumer that leaves gives back what it has, and spends no attempt") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            try await bench.publish(1...3, key: "a")
            let held = try await bench.take(2, from: one)
            await one.close()
            let deliveries = try await bench.take(3, from: other)
            let numbers = BusBench.numbers(deliveries)
            try bench.expect(bench.has(.order) ? numbers : numbers.sorted(), is: [1, 2, 3], "what the other gets")
            try bench.expect(deliveries.map(\.attempt), is: [1, 1, 1], "the attempts")
            let stale = try await other.settle(held.map { .acknowledge($0.receipt) })
            try bench.expect(Set(stale), is: Set(held.map(\.receipt)), "the receipts of the one that left")
        },
        Check("a consumer that has left takes nothing, and its waiting ends") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            let waiting = Task { try await one.next(atMost: 1) }
            await one.close()
            await one.close()
            try await bench.expect(.closed, from: "a waiting next") {
                try await bench.value(of: waiting, "the end of next")
            }
            try await bench.expect(.closed, from: "next after leaving") {
                try await bench.within("the end of next") { try await one.next(atMost: 1) }
            }
            try await bench.publish([1])
            try bench.expect(try await bench.drain(1, from: other), is: [1], "what another member gets")
        },
        Check("next can be cancelled, and nothing is lost by it") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            for number in 1...20 {
                let waiting = Task { try await one.next(atMost: 1) }
                let alsoWaiting = Task { try await other.next(atMost: 1) }
                if number.isMultiple(of: 2) { await Task.yield() }
                async let published = bench.publish([number])
                waiting.cancel()
                _ = try await published
                let cancelled = await waiting.result
                switch cancelled {
                case .success(let deliveries):
                    // It had the event before it was cancelled, and the other goes on waiting.
                    try await one.settle(deliveries.map { .release($0.receipt) })
                case .failure(let error):
                    try bench.expect(error is CancellationError, "a cancelled next threw \(error)")
                }
                let deliveries = try await bench.value(of: alsoWaiting, "the event that a cancelled next left")
                try bench.expect(BusBench.numbers(deliveries), is: [number], "what the other member gets")
                try await other.settle(deliveries.map { .acknowledge($0.receipt) })
            }
        },
        Check("a next that was cancelled before takes nothing") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish([1])
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await consumer.next(atMost: 1)
            }
            let outcome = await task.result
            guard case .failure(let error) = outcome, error is CancellationError else {
                throw Violation("a cancelled next ended with \(outcome)")
            }
            let delivery = try await bench.take(1, from: consumer)[0]
            try bench.expect(delivery.attempt, is: 1, "the attempt")
        },
        Check("next asks for 1 to 10,000 events") { bench in
            let consumer = try await bench.join("group")
            for maximum in [0, -1, 10_001, .max] {
                try await bench.expect(.invalid, from: "next for \(maximum)") {
                    try await bench.within("the refusal") { try await consumer.next(atMost: maximum) }
                }
            }
        },
        Check("one consumer may be called by several tasks at once") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish(1...60)
            let one = bench
            async let first = one.drain(20, from: consumer, batch: 1)
            async let second = one.drain(20, from: consumer, batch: 1)
            async let third = one.drain(20, from: consumer, batch: 1)
            let numbers = try await first + second + third
            try bench.expect(numbers.sorted(), is: Array(1...60), "what three tasks got")
        },
    ]
}
