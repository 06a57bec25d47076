/// The upper bounds of a histogram's buckets.
public struct HistogramBuckets: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// The bounds, ascending and finite, each belonging to its bucket. The last bucket, without a bound, is not listed.
    public let bounds: [Double]

    /// From half a millisecond to ten seconds, in seconds.
    public static let durations: HistogramBuckets = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// Buckets with these bounds.
    ///
    /// - Parameter bounds: In any order; those that are not finite or are there twice are left out.
    public init(_ bounds: some Sequence<Double>) {
        self.bounds = Set(bounds.filter(\.isFinite)).sorted()
    }

    /// Buckets with these bounds, as ``init(_:)`` makes them.
    ///
    /// - Parameter elements: The bounds.
    public init(arrayLiteral elements: Double...) {
        self.init(elements)
    }
}
