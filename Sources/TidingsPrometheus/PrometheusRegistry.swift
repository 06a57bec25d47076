import Synchronization

/// Keeps the metrics of a process and shows them in the text format of Prometheus.
///
/// ```swift
/// let registry = PrometheusRegistry()
/// MetricsSystem.bootstrap(registry)
/// Counter(label: "orders.placed", dimensions: [("service", "order")]).increment()
/// print(registry.text())
/// // # TYPE orders_placed_total counter
/// // orders_placed_total{service="order"} 1
/// ```
///
/// | swift-metrics | Prometheus | name |
/// |---|---|---|
/// | `Counter`, `FloatingPointCounter` | counter | ends in `_total` |
/// | `Meter`, `Gauge`, `Recorder(aggregate: false)` | gauge | as it is |
/// | `Recorder` | histogram | as it is |
/// | `Timer` | histogram, in seconds | ends in `_seconds` |
///
/// **Names.** What Prometheus does not allow in the name of a metric or a dimension becomes `_`. The same label with
/// the same dimensions, in any order, is the same series, however many handles there are to it. A dimension without a
/// value is left out, as Prometheus holds it to be absent; of dimensions with one name the last counts; `le` belongs
/// to histograms and is written `exported_le`.
///
/// **Bounds.** A series beyond ``PrometheusConfiguration/maximumSeries``, and one whose name already stands for
/// another kind of metric, is not kept: its handle does nothing. `tidings_metrics_dropped_series_total` counts how
/// often such a handle was made, by reason (`limit`, `type`).
///
/// **Concurrency.** Recording touches the storage of that series alone: an atomic, or for histograms a lock held for a
/// few instructions. Making a handle takes a lock on the registry, so make handles once and keep them.
public final class PrometheusRegistry: Sendable {
    /// The `Content-Type` to serve the text with.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private let configuration: PrometheusConfiguration
    private let table: Mutex<SeriesTable>
    private let beyondLimit = CounterSeries(.dropped(reason: "limit"))
    private let ofOtherType = CounterSeries(.dropped(reason: "type"))

    /// A registry without metrics.
    ///
    /// - Parameter configuration: Its limit and the buckets of its histograms.
    public init(configuration: PrometheusConfiguration = PrometheusConfiguration()) {
        self.configuration = configuration
        table = Mutex(SeriesTable(limit: configuration.maximumSeries))
    }

    /// Every series, in the exposition format 0.0.4.
    ///
    /// Metrics are in the order of their names, series in that of their dimensions. Each series is read at one moment,
    /// but not all at the same one.
    ///
    /// - Returns: Lines, each with its line feed; to be served as ``contentType``.
    /// - Complexity: O(*n* log *n*) in the number of series. The registry is locked only while a list is copied.
    public func text() -> String {
        text { _ in true }
    }

    /// The series that carry one dimension, for services that share a process and each show their own metrics.
    ///
    /// `registry.text(where: "service", is: "order")` leaves out the series of the other services and those of no
    /// service. `tidings_metrics_dropped_series_total` is always there: whether something is missing concerns everyone.
    ///
    /// - Parameters:
    ///   - name: The name of a dimension, as it is given to swift-metrics.
    ///   - value: The value it must have, exactly.
    /// - Returns: As for ``text()``.
    /// - Complexity: O(*n* log *n*) in the number of series.
    public func text(where name: String, is value: String) -> String {
        let label = SeriesLabels([(name, value)])
        // A dimension without a value is never kept, so that no series carries it.
        guard let wanted = label.pairs.first else { return text { _ in false } }
        return text { $0.pairs.contains(wanted) }
    }

    private func text(where isWanted: (SeriesLabels) -> Bool) -> String {
        var families = table.withLock { $0.families }
            .mapValues { family in family.filter { isWanted($0.key.labels) } }
        families[SeriesKey.droppedName] = SeriesFamily(kind: .counter, [beyondLimit, ofOtherType])
        return families.expositionText
    }

    /// The series of this key, made now if there is none; nil, and counted, if it is not to be kept.
    func series<S: Series>(_ key: SeriesKey, make: () -> S) -> S? {
        switch table.withLock({ $0.series(key, make: make) }) {
        case .kept(let series): return series
        case .beyondLimit: beyondLimit.increment(by: Int64(1))
        case .ofOtherType: ofOtherType.increment(by: Int64(1))
        }
        return nil
    }

    func histogram(_ key: SeriesKey) -> HistogramSeries? {
        series(key) { HistogramSeries(key, buckets: configuration.buckets(forMetric: key.name)) }
    }

    /// Forgets a series; a handle that is still held keeps recording, but nobody sees it.
    func remove(_ handler: AnyObject) {
        guard let series = handler as? any Series else { return }
        table.withLock { $0.remove(series) }
    }
}
