import CoreMetrics
import Logging
import Metrics
import ServiceLifecycle
import Tracing

extension Subscriber {
    /// Takes batches and works on them until it is time to stop.
    func consume(from consumer: any EventConsumer, by table: HandlerTable) async {
        var backoff = Backoff()
        while !isStopping {
            do {
                let deliveries = try await cancelWhenGracefulShutdown { [options] in
                    try await consumer.next(atMost: options.batchSize)
                }
                for batch in separatingSuspects(deliveries) {
                    try await work(on: batch, from: consumer, by: table)
                }
                resume(&backoff)
            } catch is CancellationError {
                return
            } catch {
                await pause(because: error, &backoff)
            }
        }
    }

    /// An event that was taken often and never settled seems to kill its consumer: it is worked on alone.
    private func separatingSuspects(_ deliveries: [Delivery]) -> [ArraySlice<Delivery>] {
        guard deliveries.contains(where: { $0.attempt > 3 }) else { return [deliveries[...]] }
        return deliveries.indices.map { deliveries[$0...$0] }
    }

    /// Works on one batch and settles it; where the ground is gone, gives back what was not done and throws.
    private func work(
        on deliveries: ArraySlice<Delivery>, from consumer: any EventConsumer, by table: HandlerTable
    ) async throws {
        let now = database.environment.now()
        for delivery in deliveries { metrics.publishToConsume.record(now - delivery.event.time) }
        let outcome = await withSpan("process \(name)", ofKind: .consumer) { span in
            span.attributes["messaging.batch.message_count"] = deliveries.count
            return await process(deliveries.map { prepare($0, by: table) }, by: table)
        }
        try await consumer.settle(
            outcome.finished.compactMap { $0.receipt.map(Settlement.acknowledge) }
                + outcome.released.compactMap { $0.receipt.map(Settlement.release) })
        if let outage = outcome.outage { throw outage }
    }

    private func prepare(_ delivery: Delivery, by table: HandlerTable) -> Work {
        if delivery.attempt > options.deliveryLimit {
            let error = TidingsError(
                .unavailable, "taken \(delivery.attempt - 1) times and never settled: it seems to kill its consumer")
            return Work(
                event: delivery.event, origin: .delivery(delivery.receipt),
                handler: table.index(for: delivery.event.type) ?? 0, state: .failed(error, isPermanent: true))
        }
        return prepare(delivery.event, origin: .delivery(delivery.receipt), by: table)
    }

    /// Finds the handler of an event and reads the event.
    func prepare(_ event: Envelope, origin: Work.Origin, by table: HandlerTable) -> Work {
        guard let index = table.index(for: event.type), !table.handlers[index].skips(event) else {
            return Work(event: event, origin: origin, handler: 0, state: .skipped)
        }
        let state: Work.State
        do {
            state = .prepared(try table.handlers[index].prepare(event), outcome: nil)
        } catch {
            // What does not decode now never will.
            state = .failed(error, isPermanent: true)
        }
        return Work(event: event, origin: origin, handler: index, state: state)
    }

    /// What became of a batch.
    struct Outcome {
        /// What is done: handled, parked, or seen before.
        var finished: [Work] = []
        /// What is to be given back.
        var released: [Work] = []
        /// Why.
        var outage: (any Error)?
    }

    /// Runs the effects of a batch, then its handlers in one transaction.
    func process(_ batch: [Work], by table: HandlerTable) async -> Outcome {
        var works = batch
        var outage: (any Error)?
        do {
            if works.contains(where: \.hasEffect) {
                outage = try await runEffects(of: &works)
            }
            let runnable = works.filter { !$0.isReleased }
            let failures = try await apply(runnable, by: table)
            report(failures, of: runnable)
            return Outcome(finished: runnable, released: works.filter(\.isReleased), outage: outage)
        } catch {
            return Outcome(finished: [], released: works, outage: error)
        }
    }

    /// Tells logs and metrics what became of a batch, once it is committed.
    private func report(_ verdicts: [Verdict], of works: [Work]) {
        for (work, verdict) in zip(works, verdicts) {
            let metrics = handlerMetrics[work.handler]
            switch verdict {
            case .handled(let duration):
                metrics.processed.increment()
                metrics.seconds.record(duration)
                logger.debug(
                    "Processed event: \(work.event.type) (ID: \(work.event.id))", metadata: work.event.logMetadata)
            case .failed(let error, let isDead):
                metrics.failed.increment()
                if isDead { self.metrics.deadLettered.increment() } else { self.metrics.retried.increment() }
                var metadata = work.event.logMetadata
                metadata["error"] = "\(error)"
                metadata["attempts"] = "\(work.attempts)"
                metadata["dead-lettered"] = "\(isDead)"
                logger.error("Failed to process event: \(work.event.type)", metadata: metadata)
            case .duplicate, .waiting:
                break
            }
        }
        if verdicts.contains(where: \.isParked) { parked.signal() }
    }
}

extension Work {
    var hasEffect: Bool {
        if case .prepared(let handler, nil) = state { handler.effect != nil } else { false }
    }

    var isReleased: Bool {
        if case .released = state { true } else { false }
    }
}
