/// One series: the storage that a handler records into.
protocol Series: AnyObject, Sendable {
    /// What Prometheus calls this kind of metric.
    static var kind: SeriesKind { get }

    var key: SeriesKey { get }

    /// Adds the lines of this series.
    func write(to text: inout ExpositionText)
}

/// The kinds of metric, as the `# TYPE` line names them.
enum SeriesKind: String, Sendable {
    case counter
    case gauge
    case histogram

    /// What the names of a metric's lines may end in beyond the metric's own name.
    var suffixes: [String] {
        self == .histogram ? ["", "_bucket", "_sum", "_count"] : [""]
    }
}
