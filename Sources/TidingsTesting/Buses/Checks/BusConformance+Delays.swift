import Tidings

extension BusConformance {
    static let delayChecks = [
        Check("an event that is to wait comes when its time has come, and holds up nothing before") { bench in
            let consumer = try await bench.join("group")
            var events = [bench.event(1, key: "a"), bench.event(2, key: "a")]
            events[0].notBefore = try await bench.moment() + bench.visibility
            try await bench.bus.publish(events)
            guard bench.has(.delays) else {
                try bench.expect(try await bench.drain(2, from: consumer).sorted(), is: [1, 2], "what comes at once")
                return
            }
            try bench.expect(try await bench.drain(1, from: consumer), is: [2], "what does not wait")
            try await bench.expectNothing(for: consumer, "the other one waits")
            let depth = try await consumer.depth()
            try bench.expect([depth.pending, depth.delayed, depth.inFlight], is: [0, 1, 0], "the depth")
            let next = Task { try await consumer.next(atMost: 10) }
            defer { next.cancel() }
            let late = try await bench.passing(atMost: 1.5) { try await next.value }
            try bench.expect(BusBench.numbers(late), is: [1], "what comes when its time has come")
            try bench.expect(late.map(\.attempt), is: [1], "its attempt")
        },
        Check("an event that waits wakes a member that waits, while another is busy with what came beside it") {
            bench in
            guard bench.has(.delays) else { return }
            let (one, other) = (try await bench.join("group"), try await bench.join("group"))
            let waiting = [one, other].map { member in Task { try await member.next(atMost: 1) } }
            defer { for task in waiting { task.cancel() } }
            try await bench.waitForWaiting(2)
            var events = [bench.event(1), bench.event(2)]
            events[1].notBefore = try await bench.moment() + bench.visibility / 4
            try await bench.bus.publish(events)
            // Whoever gets the first does nothing more.
            let both = try await bench.passing(atMost: 0.75) {
                try await waiting[0].value + waiting[1].value
            }
            try bench.expect(BusBench.numbers(both).sorted(), is: [1, 2], "what the two members get")
        },
        Check("an event whose time has passed comes at once") { bench in
            let consumer = try await bench.join("group")
            var event = bench.event(1)
            event.notBefore = event.time + .seconds(-3600)
            try await bench.bus.publish([event])
            let deliveries = try await bench.consume(1, from: consumer)
            try bench.expect(deliveries.map(\.event), is: [event], "the event")
        },
        Check("an event that is to wait for too long, or until no time, is refused") { bench in
            let bus = bench.bus
            var event = bench.event(1)
            event.extensions["notbefore"] = "tomorrow"
            let unclear = event
            try await bench.expect(.invalid, from: "waiting until tomorrow") { try await bus.publish([unclear]) }
            guard bench.has(.delays) else { return }
            event.notBefore = event.time + .seconds(367 * 86_400)
            let late = event
            try await bench.expect(.invalid, from: "waiting for 367 days") { try await bus.publish([late]) }
        },
        Check("what is to be tried later comes back then, with its attempt counted and its key held") { bench in
            let (one, other) = (try await bench.join("group"), try await bench.join("group"))
            try await bench.publish([1, 2], key: "a")
            let receipt = try await bench.take(1, from: one)[0].receipt
            let stale = try await one.settle([.retry(receipt, after: bench.visibility * 2)])
            try bench.expect(stale, is: [], "the answer to a retry")
            try bench.expect(
                try await one.settle([.acknowledge(receipt)]), is: [receipt], "the answer to its receipt after that")
            guard bench.has(.order) else { return }
            try await bench.expectNothing(for: other, "its key waits")
            try await bench.pass(1.5)
            try await bench.expectNothing(for: other, "its time has not come, though that of its take has passed")
            await one.close()
            try await bench.expectNothing(for: other, "nobody has it who could give it back by leaving")
            try await bench.pass(0.75)
            let again = try await bench.take(2, from: other)
            try bench.expect(BusBench.numbers(again), is: [1, 2], "what comes when its time has come")
            try bench.expect(again.map(\.attempt), is: [2, 1], "the attempts")
        },
        Check("what is to be tried sooner than others come back wakes who waits") { bench in
            let (one, other) = (try await bench.join("group"), try await bench.join("group"))
            try await bench.publish([1])
            let receipt = try await bench.take(1, from: one)[0].receipt
            let next = Task { try await other.next(atMost: 1) }
            defer { next.cancel() }
            try await bench.waitForWaiting(1)
            try await one.settle([.retry(receipt, after: bench.visibility / 4)])
            let again = try await bench.passing(atMost: 0.75) { try await next.value }
            try bench.expect(again.map(\.attempt), is: [2], "the attempt after a short wait")
        },
        Check("a retry has bounds, and a consumer group has no dead letters") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish([1])
            let receipt = try await bench.take(1, from: consumer)[0].receipt
            for duration in [Duration.seconds(-1), .seconds(31 * 86_400), .seconds(Int64.max)] {
                try await bench.expect(.invalid, from: "a retry after \(duration)") {
                    try await consumer.settle([.retry(receipt, after: duration)])
                }
            }
            try await bench.expect(.unsupported, from: "a dead letter of a group") {
                try await consumer.settle([.acknowledge(receipt), .deadLetter(receipt, reason: "it is wrong")])
            }
            try bench.expect(try await consumer.settle([.acknowledge(receipt)]), is: [], "the answer after refusals")
        },
    ]
}
