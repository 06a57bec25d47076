import CoreMetrics
import Synchronization

/// A number that only grows. Whole and other amounts have a cell each, so that whole ones stay exact.
final class CounterSeries: Series, CounterHandler, FloatingPointCounterHandler {
    static let kind = SeriesKind.counter

    let key: SeriesKey
    private let whole = Atomic<UInt64>(0)
    private let fractional = Atomic<Double>(0)

    init(_ key: SeriesKey) {
        self.key = key
    }

    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        // Past 2^64 it begins again at zero, which Prometheus takes for what it is.
        whole.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        fractional.add(amount)
    }

    func reset() {
        whole.store(0, ordering: .relaxed)
        fractional.store(0, ordering: .relaxed)
    }

    func write(to text: inout ExpositionText) {
        let whole = whole.load(ordering: .relaxed)
        let fractional = fractional.load(ordering: .relaxed)
        let value = fractional == 0 ? String(whole) : ExpositionText.number(Double(whole) + fractional)
        text.add(key, value: value)
    }
}
