/// What the disk can do, for one thread: the limit that the others are compared with.
struct RawBenchmark: Benchmark {
    static let name = "raw"

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) throws {
        for group in [1, 64, 256] {
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
        // In turns, so that what the disk does meanwhile happens to all.
        var rates: [RawWriter.Preparation: [Double]] = [:]
        for _ in 0..<Rounds.count {
            for preparation in RawWriter.Preparation.allCases {
                let round = try RawWriter.run(groupsOf: 1024, for: rounds.raw, in: rounds.folder, on: preparation)
                rates[preparation, default: []].append(round.recordsPerSecond)
            }
        }
        for preparation in RawWriter.Preparation.allCases {
            let name = "raw: groups of 1024 on \(preparation.rawValue)"
            report(BenchmarkResult(name: name, median: .rate(rates[preparation, default: []].median)))
        }
    }
}
