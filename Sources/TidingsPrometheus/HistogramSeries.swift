import CoreMetrics
import Synchronization

/// How many values there were up to each bound, and their sum.
final class HistogramSeries: Series, RecorderHandler, TimerHandler {
    static let kind = SeriesKind.histogram

    private struct Counts: Sendable {
        /// One for each bound and one beyond the last; each value is in one of them only.
        var buckets: [UInt64]
        var sum = 0.0
    }

    let key: SeriesKey
    private let bounds: [Double]
    private let counts: Mutex<Counts>

    init(_ key: SeriesKey, buckets: HistogramBuckets) {
        self.key = key
        bounds = buckets.bounds
        counts = Mutex(Counts(buckets: Array(repeating: 0, count: buckets.bounds.count + 1)))
    }

    func record(_ value: Double) {
        // One such value would spoil the sum for good.
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.endIndex
        counts.withLock { counts in
            counts.buckets[bucket] += 1
            counts.sum += value
        }
    }

    func record(_ value: Int64) {
        record(Double(value))
    }

    func recordNanoseconds(_ duration: Int64) {
        record(Double(max(0, duration)) / 1_000_000_000)
    }

    func write(to text: inout ExpositionText) {
        let counts = counts.withLock { $0 }
        var total: UInt64 = 0
        for (bucket, count) in counts.buckets.enumerated() {
            total += count
            let bound = bucket < bounds.endIndex ? ExpositionText.number(bounds[bucket]) : "+Inf"
            text.add(key, suffix: "_bucket", bound: bound, value: String(total))
        }
        text.add(key, suffix: "_sum", value: ExpositionText.number(counts.sum))
        text.add(key, suffix: "_count", value: String(total))
    }
}
