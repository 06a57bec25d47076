import ArgumentParser

/// Measures the platform on this machine and prints a table.
///
/// Every figure is a median of rounds that alternate with the raw limit: what one thread that only writes and syncs
/// reaches at the same moment, so that a ratio holds where the figures themselves vary with the disk and the neighbours.
struct MeasureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Measures the platform beside the raw limit of the disk.")

    /// What can be measured, in the order in which it is.
    static let benchmarks: [any Benchmark.Type] = [
        RawBenchmark.self,
        LogBenchmark.self,
        PublishBenchmark.self,
        QueuesBenchmark.self,
        RulesBenchmark.self,
        LeasesBenchmark.self,
        ArchiveBenchmark.self,
        ConsumeBenchmark.self,
        HandleBenchmark.self,
        SagaBenchmark.self,
        OrdersBenchmark.self,
        TasksBenchmark.self,
        LockBenchmark.self,
        GroupsBenchmark.self,
        ReplayBenchmark.self,
        ScaleBenchmark.self,
    ]

    @Option(help: "Run only this one: \(benchmarks.map { $0.name }.joined(separator: ", ")).")
    var only: String?

    @Option(help: "How many seconds each figure is measured for, raw limit included; 0.5 to 600.")
    var seconds = 5.0

    @Option(help: "The folder for the data, on the disk to be measured. What is made in it is removed.")
    var directory = ".build/bench"

    @Option(help: "How many events the long log of the scale benchmark holds; each takes 700 bytes of disk.")
    var events = 10_000_000

    func validate() throws {
        guard (1_000_000...1_000_000_000).contains(events) else {
            throw ValidationError("--events must be from 1,000,000 to 1,000,000,000.")
        }
        guard (0.5...600).contains(seconds) else { throw ValidationError("--seconds must be from 0.5 to 600.") }
        if let only, !Self.benchmarks.contains(where: { $0.name == only }) {
            throw ValidationError("There is no benchmark \(only). Choose one of those that --help names.")
        }
    }

    func run() async throws {
        let rounds = Rounds(time: .seconds(seconds), events: events, folder: try BenchmarkFolder(directory))
        defer { rounds.folder.remove() }
        let table = ResultTable()
        table.printHead()
        for benchmark in Self.benchmarks where only == nil || only == benchmark.name {
            try await benchmark.init(rounds: rounds).run { table.print($0) }
        }
    }
}
