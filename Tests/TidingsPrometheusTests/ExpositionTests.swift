import CoreMetrics
import Testing
import TidingsPrometheus

/// What every text ends in as long as nothing was dropped; no name in these tests comes after it.
let nothingDropped = """
    # TYPE tidings_metrics_dropped_series_total counter
    tidings_metrics_dropped_series_total{reason="limit"} 0
    tidings_metrics_dropped_series_total{reason="type"} 0

    """

struct ExpositionTests {
    let registry = PrometheusRegistry()

    @Test func `an empty registry shows that nothing was dropped`() {
        #expect(registry.text() == nothingDropped)
    }

    @Test func `a counter only grows and ends in total`() {
        let counter = Counter(label: "orders.placed", dimensions: [("service", "order")], factory: registry)
        counter.increment()
        counter.increment(by: 41)
        counter.increment(by: -5)
        #expect(
            registry.text() == """
                # TYPE orders_placed_total counter
                orders_placed_total{service="order"} 42

                """ + nothingDropped)
        counter.reset()
        #expect(
            registry.text().hasPrefix("# TYPE orders_placed_total counter\norders_placed_total{service=\"order\"} 0\n"))
    }

    @Test func `a counter stays exact where a double would not`() {
        let counter = Counter(label: "bytes", factory: registry)
        counter.increment(by: Int64(1) << 53)
        counter.increment()
        #expect(registry.text().contains("bytes_total 9007199254740993\n"))
    }

    @Test func `a counter of fractions leaves out what is negative or not finite`() {
        let counter = FloatingPointCounter(label: "energy_total", factory: registry)
        for amount in [0.5, 1.25, -3, .infinity, .nan] {
            counter.increment(by: amount)
        }
        #expect(
            registry.text() == """
                # TYPE energy_total counter
                energy_total 1.75

                """ + nothingDropped)
    }

    @Test func `a gauge goes up and down`() {
        let meter = Meter(label: "queue.depth", factory: registry)
        meter.set(10)
        meter.increment(by: 2.5)
        meter.decrement()
        Gauge(label: "last-batch", factory: registry).record(7)
        #expect(
            registry.text() == """
                # TYPE last_batch gauge
                last_batch 7
                # TYPE queue_depth gauge
                queue_depth 11.5

                """ + nothingDropped)
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (-3, "-3"), (0.1, "0.1"), (1e-7, "1e-07"), (0x1p53, "9007199254740992"),
            (1e300, "1e+300"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)])
    func `a number is written as Prometheus reads it`(value: Double, text: String) {
        Meter(label: "a", factory: registry).set(value)
        #expect(registry.text() == "# TYPE a gauge\na \(text)\n" + nothingDropped)
    }

    @Test func `a timer is a histogram in seconds`() {
        let timer = Timer(label: "handler.duration", dimensions: [("handler", "stock")], factory: registry)
        timer.recordNanoseconds(500_000)
        timer.recordMilliseconds(3)
        timer.recordSeconds(11)
        timer.recordNanoseconds(-1)
        #expect(
            registry.text() == """
                # TYPE handler_duration_seconds histogram
                handler_duration_seconds_bucket{handler="stock",le="0.0005"} 2
                handler_duration_seconds_bucket{handler="stock",le="0.001"} 2
                handler_duration_seconds_bucket{handler="stock",le="0.0025"} 2
                handler_duration_seconds_bucket{handler="stock",le="0.005"} 3
                handler_duration_seconds_bucket{handler="stock",le="0.01"} 3
                handler_duration_seconds_bucket{handler="stock",le="0.025"} 3
                handler_duration_seconds_bucket{handler="stock",le="0.05"} 3
                handler_duration_seconds_bucket{handler="stock",le="0.1"} 3
                handler_duration_seconds_bucket{handler="stock",le="0.25"} 3
                handler_duration_seconds_bucket{handler="stock",le="0.5"} 3
                handler_duration_seconds_bucket{handler="stock",le="1"} 3
                handler_duration_seconds_bucket{handler="stock",le="2.5"} 3
                handler_duration_seconds_bucket{handler="stock",le="5"} 3
                handler_duration_seconds_bucket{handler="stock",le="10"} 3
                handler_duration_seconds_bucket{handler="stock",le="+Inf"} 4
                handler_duration_seconds_sum{handler="stock"} 11.0035
                handler_duration_seconds_count{handler="stock"} 4

                """ + nothingDropped)
    }

    @Test func `a recorder is a histogram with the buckets of its label`() {
        let registry = PrometheusRegistry(
            configuration: PrometheusConfiguration(bucketsByLabel: ["batch.size": [100, 10, 10, .infinity]]))
        let recorder = Recorder(label: "batch.size", factory: registry)
        for value in [1, 10, 10.5, 1_000, .nan, .infinity] as [Double] {
            recorder.record(value)
        }
        #expect(
            registry.text() == """
                # TYPE batch_size histogram
                batch_size_bucket{le="10"} 2
                batch_size_bucket{le="100"} 3
                batch_size_bucket{le="+Inf"} 4
                batch_size_sum 1021.5
                batch_size_count 4

                """ + nothingDropped)
    }

    @Test func `a timer takes the buckets of its label, others the default`() {
        let registry = PrometheusRegistry(
            configuration: PrometheusConfiguration(buckets: [2], bucketsByLabel: ["a.b": [1]]))
        Timer(label: "a.b", factory: registry).recordSeconds(1)
        Timer(label: "c", factory: registry).recordSeconds(1)
        #expect(registry.text().contains("a_b_seconds_bucket{le=\"1\"} 1\na_b_seconds_bucket{le=\"+Inf\"} 1\n"))
        #expect(registry.text().contains("c_seconds_bucket{le=\"2\"} 1\nc_seconds_bucket{le=\"+Inf\"} 1\n"))
    }

    @Test func `metrics and series have an order of their own, whatever the order they came in`() {
        let names = ["b", "a", "c"]
        let values = ["2", "10", "1"]
        for name in names {
            for value in values {
                Meter(label: name, dimensions: [("x", value), ("k", "v")], factory: registry).set(1)
            }
            Meter(label: name, factory: registry).set(1)
        }
        let expected = ["a", "b", "c"].map { name in
            """
            # TYPE \(name) gauge
            \(name) 1
            \(name){k="v",x="1"} 1
            \(name){k="v",x="10"} 1
            \(name){k="v",x="2"} 1

            """
        }
        #expect(registry.text() == expected.joined() + nothingDropped)
    }
}
