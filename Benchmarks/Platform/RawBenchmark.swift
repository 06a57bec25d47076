/// What the disk can do, for one thread: the limit that the others are compared with.
struct RawBenchmark: Benchmark {
    static let name = "raw"

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) throws {
        for group in [1, 64, 256, 1024] {
            var rates: [Double] = []
            var times: [Duration] = []
            for _ in 0..<Rounds.count {
                let round = try RawWriter.run(groupsOf: group, for: rounds.raw, in: rounds.folder)
                rates.append(round.recordsPerSecond)
                times += round.times
            }
            if group == 1 {
                report(
                    BenchmarkResult(
                        name: "raw: one record, written and synced", median: .time(times.median),
                        ninetyNinth: .time(times.percentile(99))))
            }
            report(BenchmarkResult(name: "raw: records in groups of \(group)", median: .rate(rates.median)))
        }
        var rates: [Double] = []
        for _ in 0..<Rounds.count {
            rates.append(
                try RawWriter.run(groupsOf: 1024, for: rounds.raw, in: rounds.folder, isGrowing: true).recordsPerSecond)
        }
        report(BenchmarkResult(name: "raw: the same on a growing file", median: .rate(rates.median)))
    }
}
