import Tidings
import TidingsRouting

extension BusConformance {
    static let leaseChecks = [
        Check("what is out for too long counts as pending, whether or not anybody takes it") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish(1...3)
            let receipts = try await bench.take(2, from: consumer).map(\.receipt)
            try await bench.pass(1.25)
            let depth = try await consumer.depth()
            try bench.expect([depth.pending, depth.inFlight], is: [3, 0], "waiting and out after the time-out")
            let stale = try await consumer.settle([.acknowledge(receipts[0]), .release(receipts[1])])
            try bench.expect(stale, is: receipts, "the answer to receipts whose time-out has ended")
            let again = try await bench.consume(3, from: consumer)
            try bench.expect(again.map(\.attempt).sorted(), is: [1, 2, 2], "the attempts")
        },
        Check("a receipt ends with its time-out, though nobody has looked since") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish([1])
            let receipt = try await bench.take(1, from: consumer)[0].receipt
            try await bench.pass(1.25)
            try bench.expect(
                try await consumer.settle([.acknowledge(receipt)]), is: [receipt], "the answer to a late receipt")
            try bench.expect(try await bench.drain(1, from: consumer), is: [1], "what comes again")
        },
        Check("the depth tells when the oldest event was published, whatever time the event carries") { bench in
            let consumer = try await bench.join("group")
            var published: [ClosedRange<Timestamp>] = []
            for number in 1...3 {
                var event = bench.event(number)
                event.time = event.time + .seconds(-86_400)
                let before = try await bench.moment()
                try await bench.bus.publish([event])
                let after = try await bench.moment()
                published.append(before...after)
            }
            let receipts = try await bench.take(2, from: consumer).map(\.receipt)
            // The first two are out, and the third waits.
            for number in 0..<3 {
                let depth = try await consumer.depth()
                try bench.expect(
                    depth.oldest.map(published[number].contains) == true,
                    "the oldest was published in \(published[number]), not at \(String(describing: depth.oldest))")
                if number < 2 { try await consumer.settle([.acknowledge(receipts[number])]) }
            }
        },
        Check("setting the wall clock neither ends a time-out nor lengthens it") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            try await bench.publish([1, 2], key: "a")
            let receipt = try await bench.take(1, from: one)[0].receipt
            bench.setWallClock(by: .seconds(3600))
            if bench.has(.order) {
                try await bench.expectNothing(for: other, "the key is out, whatever the clock says")
            }
            try bench.expect(
                try await one.settle([.extend(receipt, by: bench.visibility)]), is: [], "the answer to the receipt")
            let waiting = Task { try await other.next(atMost: 1) }
            defer { waiting.cancel() }
            try await bench.waitForWaiting(1)
            bench.setWallClock(by: .seconds(-7200))
            let again = try await bench.passing(atMost: 1.5) { try await waiting.value }
            if bench.has(.order) { try bench.expect(BusBench.numbers(again), is: [1], "what comes back") }
        },
        Check("a time-out and an extension have bounds, and what is outside is refused") { bench in
            let bus = bench.bus
            for timeout in [
                Duration.zero, .seconds(-1), .microseconds(999), .seconds(31 * 86_400), .seconds(Int64.max),
            ] {
                try await bench.expect(.invalid, from: "a time-out of \(timeout)") {
                    try await bus.subscribe(Subscription(group: "group", pattern: .all, visibilityTimeout: timeout))
                }
            }
            let longest = Duration.seconds(30 * 86_400)
            let consumer = try await bus.subscribe(
                Subscription(group: "group", pattern: .all, visibilityTimeout: longest))
            try await bench.publish([1])
            let receipt = try await bench.take(1, from: consumer)[0].receipt
            for duration in [Duration.seconds(-1), .seconds(31 * 86_400), .seconds(Int64.max), .seconds(Int64.min)] {
                try await bench.expect(.invalid, from: "an extension by \(duration)") {
                    try await consumer.settle([.extend(receipt, by: duration)])
                }
            }
            for duration in [Duration.zero, longest] {
                let receipt = duration == .zero ? receipt : try await bench.take(1, from: consumer)[0].receipt
                try bench.expect(try await consumer.settle([.extend(receipt, by: duration)]), is: [], "the answer")
            }
            try bench.expect(try await consumer.depth().inFlight, is: 1, "what is out")
        },
    ]
}
