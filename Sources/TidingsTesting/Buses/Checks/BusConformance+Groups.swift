import Tidings
import TidingsRouting

extension BusConformance {
    static let groupChecks = [
        Check("a group gets only what its pattern matches") { bench in
            let exact = try await bench.join("exact", EventPattern(types: "order.created.v1"))
            let family = try await bench.join("family", EventPattern(types: "order.*"))
            let both = try await bench.join("both", EventPattern(types: "payment.failed.v1", "order.created.v1"))
            let types: [EventType] = ["order.created.v1", "order.cancelled.v1", "payment.failed.v1", "order", "orders"]
            for (number, type) in types.enumerated() { try await bench.publish([number], type: type) }
            try await bench.publish([5], type: "order.created.v1")
            try bench.expect(try await bench.drain(2, from: exact).sorted(), is: [0, 5], "an exact type")
            try bench.expect(try await bench.drain(3, from: family).sorted(), is: [0, 1, 5], "a prefix")
            try bench.expect(try await bench.drain(3, from: both).sorted(), is: [0, 2, 5], "two types")
        },
        Check("a pattern asks for attributes and for what stands in the data") { bench in
            let large = try await bench.join("large", EventPattern(json: #"{"data":[{"numeric":[">=",3]}]}"#))
            let keyed = try await bench.join(
                "keyed", EventPattern(json: #"{"subject":[{"prefix":"a"}],"source":["/conformance"]}"#))
            let typed = try await bench.join("typed", EventPattern(types: "text.v1"))
            for number in 1...4 { try await bench.publish([number], key: number % 2 == 0 ? "a-1" : "b-1") }
            // No JSON by its own word, and so without fields: only patterns that ask for none match it.
            var text = bench.event(9, key: "a-2", type: "text.v1")
            text.dataContentType = "text/plain"
            text.data = EventBytes("9 is a number and this is not")
            try await bench.bus.publish([text])
            try bench.expect(try await bench.drain(2, from: large).sorted(), is: [3, 4], "a number in the data")
            try bench.expect(try await bench.take(3, from: keyed).count, is: 3, "a subject, whatever the data")
            try bench.expect(try await bench.take(1, from: typed).count, is: 1, "a type, whatever the data")
            try await bench.expectNothing(for: large, "nothing else has such a number")
        },
        Check("every group gets everything that it wants") { bench in
            let one = try await bench.join("one")
            let other = try await bench.join("other")
            try await bench.publish(1...20)
            try bench.expect(try await bench.drain(20, from: one).sorted(), is: Array(1...20), "the first group")
            try bench.expect(try await bench.drain(20, from: other).sorted(), is: Array(1...20), "the second group")
            try await bench.expectNothing(for: one, "all was acknowledged")
        },
        Check("the members of a group share its events") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            try await bench.publish(1...10)
            let first = try await bench.take(5, from: one)
            let second = try await bench.take(5, from: other)
            let numbers = BusBench.numbers(first + second).sorted()
            try bench.expect(numbers, is: Array(1...10), "what both members got")
        },
        Check("a group lives on without members") { bench in
            let consumer = try await bench.join("group")
            await consumer.close()
            try await bench.publish(1...3)
            let next = try await bench.join("group")
            try bench.expect(try await bench.drain(3, from: next).sorted(), is: [1, 2, 3], "what came meanwhile")
        },
        Check("joining again changes the pattern for what is published from then on") { bench in
            let first = try await bench.join("group", EventPattern(types: "a.v1"))
            try await bench.publish([1], type: "a.v1")
            try await bench.publish([2], type: "b.v1")
            let second = try await bench.join("group", EventPattern(types: "b.v1"))
            try await bench.publish([3], type: "a.v1")
            try await bench.publish([4], type: "b.v1")
            try bench.expect(try await bench.drain(2, from: second).sorted(), is: [1, 4], "what the group gets")
            await first.close()
        },
        Check("a new group starts with what comes, or with history where the bus has it") { bench in
            let bus = bench.bus
            try await bench.publish([1])
            try await bench.pass(0.5)
            let middle = bench.environment.now()
            try await bench.publish([2])
            let latest = try await bench.join("latest")
            let earliest = Subscription(group: "earliest", pattern: .all, start: .earliest)
            let timed = Subscription(group: "timed", pattern: .all, start: .time(middle))
            if bench.has(.history) {
                let fromStart = try await bus.subscribe(earliest)
                let fromMiddle = try await bus.subscribe(timed)
                try bench.expect(try await bench.drain(2, from: fromStart).sorted(), is: [1, 2], "earliest")
                try bench.expect(try await bench.drain(1, from: fromMiddle), is: [2], "time")
            } else {
                try await bench.expect(.unsupported, from: "earliest") { try await bus.subscribe(earliest) }
                try await bench.expect(.unsupported, from: "time") { try await bus.subscribe(timed) }
            }
            // A group that exists goes on where it was, whatever start is named.
            let again = try await bus.subscribe(Subscription(group: "latest", pattern: .all, start: .earliest))
            try await bench.expectNothing(for: again, "latest begins after what was published")
            await latest.close()
        },
        Check("a subscription outside its ranges is refused") { bench in
            let bus = bench.bus
            let wrong = [
                Subscription(group: "", pattern: .all),
                Subscription(group: String(repeating: "g", count: 256), pattern: .all),
                Subscription(group: "group", pattern: .all, visibilityTimeout: .zero),
            ]
            for subscription in wrong {
                try await bench.expect(.invalid, from: "subscribing wrongly") { try await bus.subscribe(subscription) }
            }
        },
        Check("the depth counts what waits and what is out") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish(1...5)
            let published = bench.environment.now()
            let taken = try await bench.take(2, from: consumer)
            var depth = try await consumer.depth()
            try bench.expect([depth.pending, depth.inFlight], is: [3, 2], "waiting and out")
            try bench.expect(depth.oldest.map { $0 <= published } == true, "the oldest is known")
            try await consumer.settle(taken.map { .acknowledge($0.receipt) })
            _ = try await bench.drain(3, from: consumer)
            depth = try await consumer.depth()
            try bench.expect(depth, is: QueueDepth(pending: 0, inFlight: 0, oldest: nil), "the depth at the end")
        },
        Check("a slow consumer does not hold a fast one back") { bench in
            let slow = try await bench.join("slow")
            let fast = try await bench.join("fast")
            try await bench.publish([0])
            let held = try await bench.take(1, from: slow)
            for round in 0..<10 {
                try await bench.publish(round * 50 + 1...round * 50 + 50)
                _ = try await bench.drain(round == 0 ? 51 : 50, from: fast)
            }
            try await slow.settle(held.map { .acknowledge($0.receipt) })
            let rest = try await bench.drain(500, from: slow)
            try bench.expect(rest.sorted(), is: Array(1...500), "what the slow one gets in the end")
        },
    ]
}
