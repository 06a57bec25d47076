import CoreMetrics
import Logging
import Metrics

/// Notes in logs and metrics what becomes of a subscriber's events.
struct SubscriberReport: Sendable {
    private let consumer: String
    private let logger: Logger
    private let handlers: [EventHandler]
    private let handlerMetrics: [HandlerMetrics]
    let metrics: EventMetrics

    init(_ consumer: String, service: String, handlers: [EventHandler], logger: Logger) {
        self.consumer = consumer
        self.logger = logger
        self.handlers = handlers
        let metrics = EventMetrics(service: service, consumer: consumer)
        self.metrics = metrics
        handlerMetrics = handlers.map { metrics.handler($0.name) }
    }

    func took(_ deliveries: [Delivery], at now: Timestamp) {
        for delivery in deliveries { metrics.publishToConsume.record(now - delivery.event.time) }
    }

    /// Notes what became of a batch, once it is committed.
    func finished(_ outcome: BatchOutcome) {
        for (event, verdict) in outcome.finished {
            switch verdict {
            case .handled(let duration): handled(event, duration)
            case .failed(let error, let isDead): failed(event, error, isDead: isDead)
            case .duplicate, .waiting: break
            }
        }
    }

    private func handled(_ event: TakenEvent, _ duration: Duration) {
        handlerMetrics[event.handler].processed.increment()
        handlerMetrics[event.handler].seconds.record(duration)
        logger.debug(
            "Processed event: \(event.event.type) (ID: \(event.event.id))", metadata: event.event.logMetadata)
        if let limit = handlers[event.handler].options.timeout, duration > limit {
            logger.warning(
                "\(handlers[event.handler].name) of \(consumer) took \(duration), longer than \(limit)",
                metadata: event.event.logMetadata)
        }
    }

    private func failed(_ event: TakenEvent, _ error: any Error, isDead: Bool) {
        handlerMetrics[event.handler].failed.increment()
        (isDead ? metrics.deadLettered : metrics.retried).increment()
        var metadata = event.event.logMetadata
        metadata["consumer"] = "\(consumer)"
        metadata["handler"] = "\(handlers[event.handler].name)"
        metadata["attempt"] = "\(event.attempts)"
        metadata["error"] = "\(error)"
        metadata["dead-lettered"] = "\(isDead)"
        // An attempt that is made again is no error yet.
        logger.log(
            level: isDead ? .error : .warning, "Failed to process event: \(event.event.type)", metadata: metadata)
    }
}
