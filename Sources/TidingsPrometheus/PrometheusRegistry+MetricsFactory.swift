public import CoreMetrics

extension PrometheusRegistry: MetricsFactory {
    /// The counter of this label and these dimensions.
    ///
    /// - Parameters:
    ///   - label: The name; `_total` is added.
    ///   - dimensions: Names and values.
    /// - Returns: The same handler each time; one that does nothing if the series is not kept. Amounts below zero are
    ///   left out, since a counter only grows.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let key = SeriesKey(label, suffix: "_total", dimensions: dimensions)
        return series(key) { CounterSeries(key) } ?? NOOPMetricsHandler.instance
    }

    /// The counter of this label and these dimensions; the same one as ``makeCounter(label:dimensions:)`` gives.
    ///
    /// - Parameters:
    ///   - label: The name; `_total` is added.
    ///   - dimensions: Names and values.
    /// - Returns: The same handler each time; one that does nothing if the series is not kept. Amounts that are below
    ///   zero or not finite are left out.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        let key = SeriesKey(label, suffix: "_total", dimensions: dimensions)
        return series(key) { CounterSeries(key) } ?? NOOPMetricsHandler.instance
    }

    /// The gauge of this label and these dimensions.
    ///
    /// - Parameters:
    ///   - label: The name.
    ///   - dimensions: Names and values.
    /// - Returns: The same handler each time; one that does nothing if the series is not kept.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        let key = SeriesKey(label, dimensions: dimensions)
        return series(key) { GaugeSeries(key) } ?? NOOPMetricsHandler.instance
    }

    /// The histogram of this label and these dimensions, or the gauge if nothing is to be aggregated.
    ///
    /// - Parameters:
    ///   - label: The name.
    ///   - dimensions: Names and values.
    ///   - aggregate: Whether to count values in buckets rather than to keep the last one.
    /// - Returns: The same handler each time; one that does nothing if the series is not kept. A histogram leaves out
    ///   values that are not finite.
    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        let key = SeriesKey(label, dimensions: dimensions)
        if aggregate { return histogram(key) ?? NOOPMetricsHandler.instance }
        return series(key) { GaugeSeries(key) } ?? NOOPMetricsHandler.instance
    }

    /// The histogram of durations, in seconds, of this label and these dimensions.
    ///
    /// - Parameters:
    ///   - label: The name; `_seconds` is added.
    ///   - dimensions: Names and values.
    /// - Returns: The same handler each time; one that does nothing if the series is not kept. A duration below zero
    ///   counts as zero.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(SeriesKey(label, suffix: "_seconds", dimensions: dimensions)) ?? NOOPMetricsHandler.instance
    }

    /// Forgets the series of a counter, for all who hold it.
    ///
    /// - Parameter handler: A handler of this registry; any other is left alone.
    public func destroyCounter(_ handler: any CounterHandler) {
        remove(handler)
    }

    /// Forgets the series of a counter, for all who hold it.
    ///
    /// - Parameter handler: A handler of this registry; any other is left alone.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {
        remove(handler)
    }

    /// Forgets the series of a gauge, for all who hold it.
    ///
    /// - Parameter handler: A handler of this registry; any other is left alone.
    public func destroyMeter(_ handler: any MeterHandler) {
        remove(handler)
    }

    /// Forgets the series of a recorder, for all who hold it.
    ///
    /// - Parameter handler: A handler of this registry; any other is left alone.
    public func destroyRecorder(_ handler: any RecorderHandler) {
        remove(handler)
    }

    /// Forgets the series of a timer, for all who hold it.
    ///
    /// - Parameter handler: A handler of this registry; any other is left alone.
    public func destroyTimer(_ handler: any TimerHandler) {
        remove(handler)
    }
}
