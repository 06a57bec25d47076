import Tidings
import TidingsRouting

extension BusConformance {
    static let startChecks = [
        Check("a start at a moment gives what was published then and later, and nothing before") { bench in
            guard bench.has(.history) else { return try await bench.refusesHistory() }
            let present = try await bench.join("present")
            try await bench.publish([1, 2])
            let first = try await bench.moment()
            try await bench.publish([3])
            try await bench.publish([4])
            let second = try await bench.moment()
            try await bench.publish([5])
            // What a group has done is history for another.
            _ = try await bench.drain(5, from: present)
            let last = try await bench.moment()
            let starts: [(start: Subscription.Start, numbers: [Int])] = [
                (.earliest, [1, 2, 3, 4, 5]), (.time(Timestamp(seconds: 0)), [1, 2, 3, 4, 5]),
                (.time(first), [3, 4, 5]), (.time(second), [5]), (.time(last), []), (.latest, []),
            ]
            var consumers: [any EventConsumer] = []
            for start in starts { consumers.append(try await bench.join("\(start.start)", from: start.start)) }
            try await bench.publish([6])
            for (consumer, start) in zip(consumers, starts) {
                let deliveries = try await bench.consume(start.numbers.count + 1, from: consumer)
                try bench.expect(deliveries, are: start.numbers + [6], "a start at \(start.start)")
                try bench.expect(deliveries.allSatisfy { $0.attempt == 1 }, "history comes for the first time")
                let depth = try await consumer.depth()
                try bench.expect([depth.pending, depth.inFlight], is: [0, 0], "what is left of \(start.start)")
            }
        },
        Check("a group finds the few events in history that its pattern matches") { bench in
            guard bench.has(.history) else { return try await bench.refusesHistory() }
            try await bench.publishMixed(0..<1000)
            let middle = try await bench.moment()
            try await bench.publishMixed(1000..<2000)
            let rare = EventPattern(types: "rare.v1")
            let all = try await bench.join("rare", rare, from: .earliest)
            let late = try await bench.join("late", rare, from: .time(middle))
            let large = try await bench.join(
                "large", EventPattern(json: #"{"data":[{"numeric":[">=",1990]}]}"#), from: .earliest)
            let none = try await bench.join("none", EventPattern(types: "never.v1"), from: .earliest)
            try await bench.publishMixed(2000..<2100)
            try await bench.publish([1], type: "never.v1")
            let wanted = (0..<2100).filter { $0 % 50 == 7 }
            try bench.expect(try await bench.consume(wanted.count, from: all), are: wanted, "a rare type")
            let later = wanted.filter { $0 >= 1000 }
            try bench.expect(try await bench.consume(later.count, from: late), are: later, "one from the middle")
            try bench.expect(try await bench.consume(110, from: large), are: 1990..<2100, "a number in the data")
            try bench.expect(try await bench.consume(1, from: none), are: [1], "what history has none of")
        },
        Check("history and what comes meanwhile are one line for each key") { bench in
            guard bench.has(.history) else { return try await bench.refusesHistory() }
            for start in stride(from: 0, to: 1000, by: 100) { try await bench.publishKeyed(start..<start + 100) }
            let consumer = try await bench.join("group", from: .earliest)
            let publisher = bench
            async let published: Void = {
                for start in stride(from: 1000, to: 2000, by: 20) {
                    try await publisher.publishKeyed(start..<start + 20)
                }
            }()
            let deliveries = try await bench.consume(2000, from: consumer, batch: 30)
            try await published
            try bench.expect(deliveries, are: 0..<2000, "history and what came meanwhile")
            try await bench.expectNothing(for: consumer, "everything has come")
        },
        Check("a restart in the middle of history loses nothing of it and repeats nothing that is done") { bench in
            guard bench.has(.history) else { return try await bench.refusesHistory() }
            guard bench.has(.durable) else { return try await bench.forgets() }
            try await bench.publishKeyed(0..<600)
            let consumer = try await bench.join("group", from: .earliest)
            let done = try await bench.consume(100, from: consumer)
            let taken = try await bench.take(50, from: consumer)
            _ = try await bench.join("untouched", from: .earliest)
            try await bench.restart()
            try await bench.publishKeyed(600..<700)
            // A group that exists goes on where it was.
            let again = try await bench.join("group", from: .latest)
            let left = Set(0..<700).subtracting(BusBench.numbers(done))
            let deliveries = try await bench.consume(left.count, from: again)
            try bench.expect(deliveries, are: left, "what was left")
            let repeated = deliveries.filter { $0.attempt > 1 }
            try bench.expect(
                Set(BusBench.numbers(repeated)), is: Set(BusBench.numbers(taken)), "what was out at the restart")
            let untouched = try await bench.join("untouched")
            try bench.expect(try await bench.consume(700, from: untouched), are: 0..<700, "a group that only joined")
            let fresh = try await bench.join("fresh", from: .earliest)
            try bench.expect(try await bench.consume(700, from: fresh), are: 0..<700, "a group made after the restart")
        },
        Check("joining a group again with another start changes nothing") { bench in
            try await bench.publish([1, 2], key: "a")
            let start: Subscription.Start = bench.has(.history) ? .earliest : .latest
            let consumer = try await bench.join("group", from: start)
            try await bench.publish([3, 4], key: "a")
            let done = try await bench.drain(1, from: consumer, batch: 1)
            try bench.expect(done, is: bench.has(.history) ? [1] : [3], "where the group starts")
            let now = try await bench.moment()
            for other in [Subscription.Start.latest, .time(now), .earliest, .time(Timestamp(seconds: 0))] {
                _ = try await bench.join("group", from: other)
            }
            try await bench.publish([5], key: "a")
            let again = try await bench.join("group", from: .latest)
            let left = bench.has(.history) ? [2, 3, 4, 5] : [4, 5]
            try bench.expect(try await bench.consume(left.count, from: again), are: left, "what is left")
            try await bench.expectNothing(for: again, "everything has come")
        },
        Check("another pattern is for what comes, and history stays with the first") { bench in
            guard bench.has(.history) else { return try await bench.refusesHistory() }
            for start in stride(from: 0, to: 400, by: 2) {
                try await bench.publish([start], type: "a.v1")
                try await bench.publish([start + 1], type: "b.v1")
            }
            _ = try await bench.join("group", EventPattern(types: "a.v1"), from: .earliest)
            let consumer = try await bench.join("group", EventPattern(types: "b.v1"))
            try await bench.publish([400], type: "a.v1")
            try await bench.publish([401], type: "b.v1")
            let expected = Array(stride(from: 0, to: 400, by: 2)) + [401]
            try bench.expect(try await bench.consume(201, from: consumer), are: expected, "the first pattern's history")
        },
    ]
}

extension BusBench {
    /// Expects a bus without history to refuse every start before now, and to make no group by it.
    fileprivate func refusesHistory() async throws {
        try await publish([1])
        let bus = bus
        let moment = try await moment()
        for start in [Subscription.Start.earliest, .time(moment), .time(Timestamp(seconds: 0))] {
            try await expect(.unsupported, from: "a start at \(start)") {
                try await bus.subscribe(Subscription(group: "group", pattern: .all, start: start))
            }
        }
        try await publish([2])
        try await expectNothing(for: try await join("group"), "the group was made after what was published")
    }

    /// Publishes numbers in batches of 100, one in fifty of them of a rare type, under a few keys.
    fileprivate func publishMixed(_ numbers: Range<Int>) async throws {
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 100) {
            try await bus.publish(
                (start..<start + 100).map { number in
                    event(number, key: "key \(number % 3)", type: number % 50 == 7 ? "rare.v1" : Self.type)
                })
        }
    }
}
