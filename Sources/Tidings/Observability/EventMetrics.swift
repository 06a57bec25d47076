import Metrics

/// The metrics of one consumer group or relay, their handles made once.
///
/// Names are Prometheus's: `tidings_…`, seconds, with the dimensions `service` and, for a consumer, `consumer`.
struct EventMetrics: Sendable {
    let retried: Counter
    let deadLettered: Counter
    let postponed: Counter
    let unwanted: Counter
    let publishToConsume: Timer
    let queueDepth: Gauge
    let oldestAge: Gauge
    let deadLetters: Gauge
    let parked: Gauge
    let maintenanceFailures: Counter
    private let dimensions: [(String, String)]

    init(service: String, consumer: String) {
        dimensions = [("service", service), ("consumer", consumer)]
        retried = Counter(label: "tidings_events_retried", dimensions: dimensions)
        deadLettered = Counter(label: "tidings_events_dead_lettered", dimensions: dimensions)
        postponed = Counter(label: "tidings_events_postponed", dimensions: dimensions)
        unwanted = Counter(label: "tidings_events_unwanted", dimensions: dimensions)
        publishToConsume = Timer(label: "tidings_publish_to_consume", dimensions: dimensions)
        queueDepth = Gauge(label: "tidings_queue_depth", dimensions: dimensions)
        oldestAge = Gauge(label: "tidings_queue_oldest_age_seconds", dimensions: dimensions)
        deadLetters = Gauge(label: "tidings_dead_letters", dimensions: dimensions)
        parked = Gauge(label: "tidings_parked_events", dimensions: dimensions)
        maintenanceFailures = Counter(label: "tidings_maintenance_failures", dimensions: dimensions)
    }

    func handler(_ name: String) -> HandlerMetrics {
        HandlerMetrics(dimensions: dimensions + [("handler", name)])
    }
}

/// The metrics of one handler.
struct HandlerMetrics: Sendable {
    let processed: Counter
    let failed: Counter
    let slow: Counter
    let seconds: Timer

    init(dimensions: [(String, String)]) {
        processed = Counter(label: "tidings_events_processed", dimensions: dimensions)
        failed = Counter(label: "tidings_events_failed", dimensions: dimensions)
        slow = Counter(label: "tidings_slow_handlers", dimensions: dimensions)
        seconds = Timer(label: "tidings_handler", dimensions: dimensions)
    }
}

/// The metrics of one outbox.
struct OutboxMetrics: Sendable {
    let published: Counter
    let failures: Counter
    let setAside: Counter
    let depth: Gauge
    let connected: Gauge

    init(service: String) {
        let dimensions = [("service", service)]
        published = Counter(label: "tidings_events_published", dimensions: dimensions)
        failures = Counter(label: "tidings_relay_failures", dimensions: dimensions)
        setAside = Counter(label: "tidings_outbox_set_aside", dimensions: dimensions)
        depth = Gauge(label: "tidings_outbox_depth", dimensions: dimensions)
        connected = Gauge(label: "tidings_bus_connected", dimensions: dimensions)
    }
}

extension Timer {
    /// Records a length of time.
    func record(_ duration: Duration) {
        recordNanoseconds(Swift.max(0, duration.microseconds).multipliedReportingOverflow(by: 1000).partialValue)
    }
}
