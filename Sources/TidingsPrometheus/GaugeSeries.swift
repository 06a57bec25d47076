import CoreMetrics
import Synchronization

/// A number that goes up and down.
final class GaugeSeries: Series, MeterHandler, RecorderHandler {
    static let kind = SeriesKind.gauge

    let key: SeriesKey
    private let value = Atomic<Double>(0)

    init(_ key: SeriesKey) {
        self.key = key
    }

    func set(_ value: Double) {
        self.value.store(value, ordering: .relaxed)
    }

    func set(_ value: Int64) {
        set(Double(value))
    }

    func increment(by amount: Double) {
        value.add(amount)
    }

    func decrement(by amount: Double) {
        value.add(-amount)
    }

    func record(_ value: Double) {
        set(value)
    }

    func record(_ value: Int64) {
        set(Double(value))
    }

    func write(to text: inout ExpositionText) {
        text.add(key, value: ExpositionText.number(value.load(ordering: .relaxed)))
    }
}
