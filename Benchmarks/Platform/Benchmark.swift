/// Something that is measured: one or more figures under one name.
protocol Benchmark: SendableMetatype {
    /// What `--only` calls it.
    static var name: String { get }

    init(rounds: Rounds)

    /// Measures, and reports each figure as soon as it is known.
    func run(_ report: (BenchmarkResult) -> Void) async throws
}
