/// The time for one figure, divided into rounds, and where its files go.
struct Rounds {
    /// How many times a figure is measured, each time beside the raw limit.
    static let count = 7

    /// How long one round of what is measured takes.
    let measured: Duration
    /// How long one round of the raw limit takes.
    let raw: Duration
    /// How many events a long log holds.
    let events: Int
    let folder: BenchmarkFolder

    init(time: Duration, events: Int, folder: BenchmarkFolder) {
        self.events = events
        measured = time / Self.count * 0.7
        raw = time / Self.count * 0.3
        self.folder = folder
    }

    /// Measures a rate in rounds that alternate with the raw limit.
    /// - Parameters:
    ///   - group: how many records the raw limit writes for one sync.
    ///   - body: one round; returns how many events a second it reached.
    func rate(
        _ name: String, besideGroupsOf group: Int, goal: Double? = nil, _ body: (Duration) async throws -> Double
    ) async throws -> BenchmarkResult {
        var rates: [Double] = []
        var limits: [Double] = []
        for _ in 0..<Self.count {
            limits.append(try RawWriter.run(groupsOf: group, for: raw, in: folder).recordsPerSecond)
            rates.append(try await body(measured))
        }
        return BenchmarkResult(
            name: name, median: .rate(rates.median), limit: .rate(limits.median), goal: goal.map { .rate($0) })
    }
}
