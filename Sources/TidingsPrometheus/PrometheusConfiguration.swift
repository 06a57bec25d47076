/// What a ``PrometheusRegistry`` may keep and how it counts.
public struct PrometheusConfiguration: Sendable {
    /// How many series are kept at most; a histogram counts as one. Below zero is zero.
    public let maximumSeries: Int

    private let defaultBuckets: HistogramBuckets
    private let bucketsByMetric: [String: HistogramBuckets]

    /// A configuration.
    ///
    /// - Parameters:
    ///   - maximumSeries: How many series are kept at most; a histogram counts as one.
    ///   - buckets: The buckets of histograms that have none of their own, in seconds for timers.
    ///   - bucketsByLabel: The buckets of single histograms, by the label given to swift-metrics. All series of one
    ///     label have the same.
    public init(
        maximumSeries: Int = 10_000,
        buckets: HistogramBuckets = .durations,
        bucketsByLabel: [String: HistogramBuckets] = [:]
    ) {
        self.maximumSeries = max(0, maximumSeries)
        defaultBuckets = buckets
        // Two labels may come down to one name; the order decides which is taken, so that it is always the same one.
        bucketsByMetric = Dictionary(
            bucketsByLabel.sorted { $0.key < $1.key }.map { (SeriesName.metric($0.key), $0.value) },
            uniquingKeysWith: { first, _ in first })
    }

    func buckets(forMetric name: String) -> HistogramBuckets {
        // A timer's label does not say the `_seconds` that its name ends in.
        let label = name.hasSuffix("_seconds") ? String(name.dropLast("_seconds".count)) : name
        return bucketsByMetric[name] ?? bucketsByMetric[label] ?? defaultBuckets
    }
}
