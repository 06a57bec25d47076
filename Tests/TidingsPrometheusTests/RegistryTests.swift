import CoreMetrics
import Testing
import TidingsPrometheus

struct RegistryTests {
    let registry = PrometheusRegistry()

    @Test func `the same label and dimensions give the same handler, in any order`() {
        let one = [("a", "1"), ("b", "2")]
        let other = [("b", "2"), ("a", "1")]
        #expect(
            registry.makeCounter(label: "c", dimensions: one) === registry.makeCounter(label: "c", dimensions: other))
        #expect(registry.makeMeter(label: "m", dimensions: one) === registry.makeMeter(label: "m", dimensions: other))
        #expect(registry.makeTimer(label: "t", dimensions: one) === registry.makeTimer(label: "t", dimensions: other))
        #expect(
            registry.makeRecorder(label: "r", dimensions: one, aggregate: true)
                === registry.makeRecorder(label: "r", dimensions: other, aggregate: true))
        #expect(
            registry.makeCounter(label: "c", dimensions: one) !== registry.makeCounter(label: "c", dimensions: []))
    }

    @Test func `dimensions that only look alike give two series`() {
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        for (name, amount) in [(composed, 1), (decomposed, 2)] {
            Counter(label: "c", dimensions: [("group", name)], factory: registry).increment(by: amount)
        }
        let lines = ["c_total{group=\"\(decomposed)\"} 2", "c_total{group=\"\(composed)\"} 1"]
        let text = "# TYPE c_total counter\n" + lines.joined(separator: "\n") + "\n" + nothingDropped
        #expect(Array(registry.text().utf8) == Array(text.utf8))
        #expect(registry.text(where: "group", is: composed).utf8.count < registry.text().utf8.count)
    }

    @Test func `whole and fractional amounts go to one counter, a meter and a gauge to one gauge`() {
        Counter(label: "c", factory: registry).increment(by: 2)
        FloatingPointCounter(label: "c", factory: registry).increment(by: 0.5)
        Meter(label: "g", factory: registry).set(1)
        Gauge(label: "g", factory: registry).record(2)
        #expect(registry.text() == "# TYPE c_total counter\nc_total 2.5\n# TYPE g gauge\ng 2\n" + nothingDropped)
    }

    @Test func `recording from many tasks loses nothing`() async {
        let tasks = 8
        let times = 5_000
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<tasks {
                group.addTask {
                    let counter = Counter(label: "whole", factory: registry)
                    let fractions = FloatingPointCounter(label: "fractions", factory: registry)
                    let meter = Meter(label: "meter", factory: registry)
                    let recorder = Recorder(label: "recorder", factory: registry)
                    for _ in 0..<times {
                        counter.increment()
                        fractions.increment(by: 0.5)
                        meter.increment()
                        recorder.record(1)
                    }
                }
            }
        }
        let text = registry.text()
        #expect(text.contains("\nwhole_total \(tasks * times)\n"))
        #expect(text.contains("fractions_total \(tasks * times / 2)\n"))
        #expect(text.contains("meter \(tasks * times)\n"))
        #expect(text.contains("recorder_count \(tasks * times)\n"))
        #expect(text.contains("recorder_sum \(tasks * times)\n"))
        #expect(text.contains("recorder_bucket{le=\"0.5\"} 0\nrecorder_bucket{le=\"1\"} \(tasks * times)\n"))
    }

    @Test func `beyond the limit a handle does nothing and is counted`() {
        let registry = PrometheusRegistry(configuration: PrometheusConfiguration(maximumSeries: 2))
        for name in ["a", "b", "c", "c"] {
            Meter(label: name, factory: registry).set(1)
        }
        Meter(label: "a", factory: registry).set(5)
        #expect(
            registry.text() == """
                # TYPE a gauge
                a 5
                # TYPE b gauge
                b 1
                # TYPE tidings_metrics_dropped_series_total counter
                tidings_metrics_dropped_series_total{reason="limit"} 2
                tidings_metrics_dropped_series_total{reason="type"} 0

                """)
    }

    @Test func `of two kinds with one name the first wins and the second is counted`() {
        Meter(label: "size", factory: registry).set(1)
        Recorder(label: "size", dimensions: [("k", "v")], factory: registry).record(9)
        Recorder(label: "size", factory: registry).record(9)
        Meter(label: "orders_total", factory: registry).set(1)
        Counter(label: "orders", factory: registry).increment()
        #expect(
            registry.text() == """
                # TYPE orders_total gauge
                orders_total 1
                # TYPE size gauge
                size 1
                # TYPE tidings_metrics_dropped_series_total counter
                tidings_metrics_dropped_series_total{reason="limit"} 0
                tidings_metrics_dropped_series_total{reason="type"} 3

                """)
    }

    @Test func `a name that a histogram's lines have is taken too`() {
        Recorder(label: "size", factory: registry).record(1)
        Meter(label: "size.sum", factory: registry).set(1)
        Meter(label: "depth.count", factory: registry).set(1)
        Recorder(label: "depth", factory: registry).record(1)
        Counter(label: "tidings_metrics_dropped_series", factory: registry).increment()
        let text = registry.text()
        #expect(!text.contains("# TYPE size_sum"))
        #expect(!text.contains("# TYPE depth histogram"))
        #expect(text.contains("\ntidings_metrics_dropped_series_total{reason=\"type\"} 3\n"))
    }

    @Test func `a destroyed series is gone, and its name and its place are free`() {
        let registry = PrometheusRegistry(configuration: PrometheusConfiguration(maximumSeries: 1))
        let timer = Timer(label: "a", factory: registry)
        timer.destroy()
        timer.recordSeconds(1)
        #expect(registry.text() == nothingDropped)

        let meter = Meter(label: "a_seconds", factory: registry)
        meter.set(1)
        timer.destroy()
        #expect(registry.text() == "# TYPE a_seconds gauge\na_seconds 1\n" + nothingDropped)
        meter.destroy()

        let counter = Counter(label: "a", factory: registry)
        counter.destroy()
        let recorder = Recorder(label: "a", factory: registry)
        recorder.destroy()
        let fractions = FloatingPointCounter(label: "a", factory: registry)
        fractions.destroy()
        #expect(registry.text() == nothingDropped)
    }

    @Test func `a handle beyond the limit can be destroyed`() {
        let registry = PrometheusRegistry(configuration: PrometheusConfiguration(maximumSeries: 0))
        Meter(label: "a", factory: registry).destroy()
        #expect(registry.text().contains("tidings_metrics_dropped_series_total{reason=\"limit\"} 1\n"))
    }

    @Test func `a text for one dimension holds only the series that carry it`() {
        for service in ["order", "payment"] {
            let dimensions = [("service.name", service), ("k", "v")]
            Counter(label: "placed", dimensions: dimensions, factory: registry).increment()
        }
        Meter(label: "memory", factory: registry).set(1)
        Meter(label: "other", dimensions: [("k", "order")], factory: registry).set(1)
        #expect(
            registry.text(where: "service.name", is: "payment") == """
                # TYPE placed_total counter
                placed_total{k="v",service_name="payment"} 1

                """ + nothingDropped)
        #expect(registry.text(where: "service.name", is: "stock") == nothingDropped)
        #expect(registry.text(where: "service.name", is: "") == nothingDropped)
    }
}
