/// What tells one series from another: the metric's name and the labels.
struct SeriesKey: Sendable {
    /// The name of the registry's own counter.
    static let droppedName = "tidings_metrics_dropped_series_total"

    let name: String
    let labels: SeriesLabels

    init(_ label: String, suffix: String = "", dimensions: [(String, String)]) {
        let name = SeriesName.metric(label)
        self.name = name.hasSuffix(suffix) ? name : name + suffix
        labels = SeriesLabels(dimensions)
    }

    static func dropped(reason: String) -> SeriesKey {
        SeriesKey(droppedName, dimensions: [("reason", reason)])
    }
}
