import CoreMetrics
import Testing
import TidingsPrometheus

struct NamingTests {
    let registry = PrometheusRegistry()

    @Test(arguments: [
        ("orders.placed", "orders_placed"), ("http-requests", "http_requests"), ("a:b", "a:b"), ("9lives", "_9lives"),
        ("größe", "gr__e"), ("a b\nc", "a_b_c"), ("", "_"),
    ])
    func `a metric's name keeps what Prometheus allows`(label: String, name: String) {
        Meter(label: label, factory: registry).set(1)
        #expect(registry.text() == "# TYPE \(name) gauge\n\(name) 1\n" + nothingDropped)
    }

    @Test(arguments: [
        ("http.method", "http_method"), ("a-b", "a_b"), ("a:b", "a_b"), ("1st", "_1st"), ("le", "exported_le"),
        ("", "_"),
    ])
    func `a dimension's name keeps what Prometheus allows`(dimension: String, name: String) {
        Meter(label: "a", dimensions: [(dimension, "v")], factory: registry).set(1)
        #expect(registry.text() == "# TYPE a gauge\na{\(name)=\"v\"} 1\n" + nothingDropped)
    }

    @Test(arguments: [
        (#"a\b"#, #"a\\b"#), (#"say "no""#, #"say \"no\""#), ("two\nlines", #"two\nlines"#), ("größe 🚲", "größe 🚲"),
        (#"\n"#, #"\\n"#), ("a,b={}", "a,b={}"), ("\r\n", "\r\\n"),
    ])
    func `a dimension's value is escaped`(value: String, escaped: String) {
        Meter(label: "a", dimensions: [("k", value)], factory: registry).set(1)
        #expect(registry.text() == "# TYPE a gauge\na{k=\"\(escaped)\"} 1\n" + nothingDropped)
    }

    @Test func `endings are not doubled`() {
        Counter(label: "a.total", factory: registry).increment()
        Timer(label: "b.seconds", factory: registry).recordSeconds(1)
        #expect(registry.text().contains("# TYPE a_total counter\n"))
        #expect(registry.text().contains("# TYPE b_seconds histogram\n"))
    }

    @Test func `of dimensions with one name the last counts, and one without a value is none`() {
        let dimensions = [("a.b", "1"), ("a-b", "2"), ("empty", "")]
        Meter(label: "m", dimensions: dimensions, factory: registry).set(1)
        #expect(registry.text() == "# TYPE m gauge\nm{a_b=\"2\"} 1\n" + nothingDropped)
    }
}
