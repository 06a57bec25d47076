import Tidings

extension BusConformance {
    static let backlogChecks = [
        Check("a long backlog is delivered whole and in order, and costs other groups nothing") { bench in
            let holding = try await bench.join("holding")
            let forsaken = try await bench.join("forsaken")
            await forsaken.close()
            let fast = try await bench.join("fast")
            var held: [Delivery] = []
            let (rounds, size) = (8, 1500)
            for start in stride(from: 0, to: rounds * size, by: size) {
                try await bench.publishKeyed(start..<start + size, keys: 50)
                if held.isEmpty { held = try await bench.take(10, from: holding) }
                let deliveries = try await bench.consume(size, from: fast, batch: 500)
                try bench.expect(deliveries, are: start..<start + size, "what a group gets that keeps up")
            }
            let all = 0..<rounds * size
            try await holding.settle(held.map { .release($0.receipt) })
            try bench.expect(
                try await bench.consume(all.count, from: holding, batch: 700), are: all, "a group that held a few")
            let late = try await bench.join("forsaken")
            let depth = try await late.depth()
            try bench.expect([depth.pending, depth.inFlight], is: [all.count, 0], "what waits for an empty group")
            try bench.expect(
                try await bench.consume(all.count, from: late, batch: 900), are: all, "a group without members")
            let left = try await late.depth()
            try bench.expect([left.pending, left.inFlight], is: [0, 0], "what is left")
        },
        Check("a key that is out holds no other key back, however long its line is") { bench in
            let one = try await bench.join("group")
            let other = try await bench.join("group")
            try await bench.publish([0], key: "a")
            let held = try await bench.take(1, from: one)
            try await bench.publish(1...3000, key: "a")
            try await bench.publish(3001...3010, key: "b")
            guard bench.has(.order) else {
                let rest = try await bench.consume(3010, from: other, batch: 1000)
                return try bench.expect(rest, are: 1...3010, "what another member gets")
            }
            let free = try await bench.consume(10, from: other)
            try bench.expect(free, are: 3001...3010, "what another member gets")
            try await one.settle(held.map { .release($0.receipt) })
            let line = try await bench.consume(3001, from: other, batch: 1000)
            try bench.expect(line, are: 0...3000, "the line of the key")
        },
        Check("a group that settles nothing keeps no other from finishing, and loses nothing") { bench in
            let stuck = try await bench.join("stuck")
            let fast = try await bench.join("fast")
            for start in stride(from: 0, to: 1000, by: 100) {
                try await bench.publishKeyed(start..<start + 100)
                let deliveries = try await bench.consume(100, from: fast)
                try bench.expect(deliveries, are: start..<start + 100, "what the other group gets")
            }
            let held = try await bench.take(1000, from: stuck)
            try bench.expect(held, are: 0..<1000, "what the group gets that settles nothing")
            let depth = try await stuck.depth()
            try bench.expect([depth.pending, depth.inFlight], is: [0, 1000], "its counts")
            try await bench.publishKeyed(1000..<1100)
            try bench.expect(try await bench.consume(100, from: fast), are: 1000..<1100, "the other group goes on")
            try await bench.pass(1.25)
            let again = try await bench.consume(1100, from: stuck)
            try bench.expect(again, are: 0..<1100, "what comes when the time-outs have ended")
            try bench.expect(again.count { $0.attempt == 2 }, is: 1000, "how many came for the second time")
        },
        Check("what a dead consumer had goes to another when its time-out ends") { bench in
            let dead = try await bench.join("group")
            let other = try await bench.join("group")
            try await bench.publishKeyed(0..<60)
            let taken = Set(BusBench.numbers(try await bench.take(30, from: dead)))
            try await bench.pass(1.25)
            let deliveries = try await bench.consume(60, from: other, batch: 7)
            try bench.expect(deliveries, are: 0..<60, "what another member gets")
            for delivery in deliveries {
                let isRepeated = taken.contains(BusBench.numbers([delivery])[0])
                try bench.expect(delivery.attempt, is: isRepeated ? 2 : 1, "the attempt")
            }
            try await bench.expectNothing(for: other, "everything is done")
        },
        Check("publishers finish with nobody consuming, and each one's order is kept") { bench in
            // Nobody at all wants these.
            try await bench.publish(1...500)
            let consumer = try await bench.join("group")
            await consumer.close()
            let publisher = bench
            try await bench.within("four publishers") {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for key in 0..<4 {
                        group.addTask {
                            for round in 0..<25 {
                                try await publisher.publishKeyed((0..<10).map { (round * 10 + $0) * 4 + key }, keys: 4)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            let again = try await bench.join("group")
            try bench.expect(try await bench.consume(1000, from: again), are: 0..<1000, "what came meanwhile")
        },
    ]
}
