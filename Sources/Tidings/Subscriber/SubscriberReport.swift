import CoreMetrics
import Logging
import Metrics

/// Notes in logs and metrics what becomes of a subscriber's events.
struct SubscriberReport: Sendable {
    private let consumer: String
    private let logger: Logger
    private let handlers: [EventHandler]
    private let handlerMetrics: [HandlerMetrics]
    private let status: SubscriberStatus
    private let slowBody: Duration
    let metrics: EventMetrics

    init(
        _ consumer: String, service: String, handlers: [EventHandler], slowBody: Duration, status: SubscriberStatus,
        logger: Logger
    ) {
        self.consumer = consumer
        self.slowBody = slowBody
        self.status = status
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
            case .postponed(let error): postponed(event, error)
            case .unwanted: unwanted(event)
            case .duplicate, .waiting: break
            }
        }
    }

    private func handled(_ event: TakenEvent, _ duration: Duration) {
        guard let index = event.handler else { return }
        let handler = handlers[index]
        if status.hasPaused { status.resume(handler.name) }
        handlerMetrics[index].processed.increment()
        handlerMetrics[index].seconds.record(duration)
        logger.debug(
            "Processed event: \(event.event.type) (ID: \(event.event.id))", metadata: event.event.logMetadata)
        let limit = handler.options.timeout ?? slowBody
        if duration > limit {
            handlerMetrics[index].slow.increment()
            logger.warning(
                "\(handler.name) of \(consumer) took \(duration), longer than \(limit)",
                metadata: event.event.logMetadata)
        }
    }

    /// What a handler calls is not available: said once when it begins, and once when it has ended. What it has kept and
    /// cannot read is said each time, a minute apart: it takes a person.
    private func postponed(_ event: TakenEvent, _ error: any Error) {
        metrics.postponed.increment()
        var metadata = event.event.logMetadata
        metadata["error"] = "\(error)"
        if error.isUnreadable {
            logger.error("Postponed event: \(event.event.type) (ID: \(event.event.id))", metadata: metadata)
            return
        }
        if let handler = event.handler { status.pause(handlers[handler].name, because: error) }
        logger.debug("Postponed event: \(event.event.type) (ID: \(event.event.id))", metadata: metadata)
    }

    private func unwanted(_ event: TakenEvent) {
        metrics.unwanted.increment()
        logger.info(
            "\(consumer) does not want an event any more: \(event.event.type) (ID: \(event.event.id))",
            metadata: event.event.logMetadata)
    }

    private func failed(_ event: TakenEvent, _ error: any Error, isDead: Bool) {
        if let handler = event.handler {
            status.resume(handlers[handler].name)
            handlerMetrics[handler].failed.increment()
        }
        (isDead ? metrics.deadLettered : metrics.retried).increment()
        var metadata = event.event.logMetadata
        metadata["consumer"] = "\(consumer)"
        metadata["handler"] = "\(event.handler.map { handlers[$0].name } ?? "none")"
        metadata["attempt"] = "\(event.attempts)"
        metadata["error"] = "\(error)"
        metadata["dead-lettered"] = "\(isDead)"
        // An attempt that is made again is no error yet.
        logger.log(
            level: isDead ? .error : .warning, "Failed to process event: \(event.event.type)", metadata: metadata)
    }
}
