import Tidings

/// What leases cost a take: events are taken from a queue and acknowledged one by one while none is out otherwise, and
/// while a million are, each taken for itself and extended once.
struct LeasesBenchmark: Benchmark {
    static let name = "leases"

    private static let count = 1_000_000
    private static let visibility = Duration.seconds(30)
    private static let takes = 200_000

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) async throws {
        var loaded = Self.queue(with: Self.count)
        var empty = Self.queue(with: 0)
        // The first time-outs of the million end while it is measured, so that each lease is looked at once more.
        var uptime = Self.visibility
        var (with, without): ([Double], [Double]) = ([], [])
        for _ in 0..<Rounds.count {
            without.append(Self.rate(of: &empty, from: uptime))
            with.append(Self.rate(of: &loaded, from: uptime))
            uptime += .microseconds(Self.takes)
        }
        report(BenchmarkResult(name: "leases: take with none out", median: .rate(without.median)))
        var result = BenchmarkResult(name: "leases: take with a million out", median: .rate(with.median))
        let cost = zip(without, with).map { $0 / $1 }.sorted().median
        result.note = "\(cost.times) the cost with none"
        report(result)
    }

    /// A queue of which so many events are out, taken a microsecond after each other and extended to long after.
    private static func queue(with leases: Int) -> DeliveryQueue {
        var queue = DeliveryQueue()
        for index in 0..<leases {
            queue.add(DeliveryQueue.Entry(sequence: UInt64(index) + 1, key: 0))
            let now = Duration.microseconds(index)
            let (number, _) = queue.take(atMost: 1, for: 1, at: now, visibility: visibility)
            let receipt = Receipt(sequence: UInt64(index) + 1, take: number)
            _ = queue.settle([.extend(receipt, by: .seconds(86_400))], at: now)
        }
        return queue
    }

    /// How many events a second are added, taken and acknowledged, one in each microsecond of the queue's time.
    private static func rate(of queue: inout DeliveryQueue, from uptime: Duration) -> Double {
        let first = UInt64(count) + UInt64(uptime / .microseconds(1))
        let elapsed = ContinuousClock().measure {
            for index in 0..<takes {
                let now = uptime + .microseconds(index)
                let sequence = first + UInt64(index)
                queue.add(DeliveryQueue.Entry(sequence: sequence, key: 0))
                let (number, _) = queue.take(atMost: 1, for: 2, at: now, visibility: visibility)
                _ = queue.settle([.acknowledge(Receipt(sequence: sequence, take: number))], at: now)
            }
        }
        return Double(takes) / (elapsed / .seconds(1))
    }
}
