import CoreMetrics
import Metrics
import ServiceLifecycle
import Tracing

/// Takes batches from the bus, has them processed, and settles them, until it is time to stop.
///
/// A subscriber runs several. One of them takes at a time. One that finds suspects keeps its turn and deals with them
/// before any other takes more, so that what they do to this process counts against no event that is merely near them.
struct ConsumingLoop: Sendable {
    /// Its number among the loops of its subscriber.
    let number: Int
    let consumer: any EventConsumer
    let processor: BatchProcessor
    let report: SubscriberReport
    let status: SubscriberStatus
    /// Extends what is worked on.
    let holds: BatchHolds
    /// Signalled while no loop takes.
    let turns: Signal

    private var options: SubscriberOptions { processor.options }

    func run() async {
        var pause = LoopPause(of: "consume \(number)", status)
        while !Task.isStopping {
            do {
                let deliveries = try await takeBatch(&pause)
                try await status.working { try await work(on: deliveries) }
                pause.end()
            } catch is CancellationError {
                return
            } catch {
                await pause.wait(because: error)
            }
        }
    }

    /// Processes a batch and settles it; after an outage it gives back what was not done, and throws.
    private func work(on deliveries: [Delivery]) async throws {
        guard !deliveries.isEmpty else { return }
        report.took(deliveries, at: processor.database.environment.now())
        let (consumer, timeout) = (consumer, options.visibilityTimeout)
        let hold = BatchHold {
            try await consumer.settle(deliveries.map { .extend($0.receipt, by: timeout) }).isEmpty
        }
        let outcome = await holds.holding(hold) { hold in
            await withSpan("process \(processor.consumer)", ofKind: .consumer) { span in
                span.attributes["messaging.batch.message_count"] = deliveries.count
                return await processor.process(deliveries.map(prepare), while: hold)
            }
        }
        report.finished(outcome)
        if outcome.hasParked { status.parked.signal() }
        try await consumer.settle(
            outcome.finished.compactMap { $0.event.receipt.map(Settlement.acknowledge) }
                + outcome.released.compactMap { $0.receipt.map(Settlement.release) })
        if let outage = outcome.outage { throw outage }
    }

    private func prepare(_ delivery: Delivery) -> TakenEvent {
        guard delivery.attempt > options.deliveryLimit else {
            return processor.prepare(delivery.event, from: .delivery(delivery.receipt))
        }
        let reason = "taken \(delivery.attempt - 1) times and never settled: it seems to kill its consumer"
        return processor.prepare(
            delivery.event, from: .delivery(delivery.receipt), failedWith: NotRetryable(reason))
    }

    // MARK: Taking

    /// Takes a batch, or nothing if it is time to stop or a pause is over.
    private func takeBatch(_ pause: inout LoopPause) async throws -> [Delivery] {
        let deliveries = try await cancelWhenGracefulShutdown { [pause] in
            try await within(pause) { try await takeTurn() }
        }
        guard !deliveries.isEmpty else { return [] }
        defer { turns.signal() }
        guard deliveries.contains(where: isSuspect) else { return deliveries }
        return try await passSuspects(among: deliveries, &pause)
    }

    /// Waits for its turn and takes a batch. A loop that got one has the turn until it gives it up.
    private func takeTurn() async throws -> [Delivery] {
        try await turns.wait()
        do {
            let deliveries = try await consumer.next(atMost: options.batchSize)
            if deliveries.isEmpty { turns.signal() }
            return deliveries
        } catch {
            turns.signal()
            throw error
        }
    }

    /// Gives a batch with suspects back, which counts no attempt, and works on each of them alone.
    /// - Returns: the first that is not suspect; it is taken, and not worked on.
    private func passSuspects(among deliveries: [Delivery], _ pause: inout LoopPause) async throws -> [Delivery] {
        try await consumer.settle(deliveries.map { .release($0.receipt) })
        while !Task.isStopping {
            let alone = try await cancelWhenGracefulShutdown { [pause] in
                try await within(pause) { try await consumer.next(atMost: 1) }
            }
            guard alone.contains(where: isSuspect) else { return alone }
            try await work(on: alone)
            pause.end()
        }
        return []
    }

    /// An event that was taken often and never settled seems to kill its consumer. It is suspect before its takes have
    /// run out, so that it can be told from those that were only taken with it.
    private func isSuspect(_ delivery: Delivery) -> Bool {
        delivery.attempt > min(3, options.deliveryLimit - 1)
    }

    /// Takes events. After a pause it waits for a second at most, and may return nothing: the next event may be long in
    /// coming, and the pause is over if none waits.
    private func within(
        _ pause: LoopPause, take: @escaping @Sendable () async throws -> [Delivery]
    ) async throws -> [Delivery] {
        guard pause.isPaused else { return try await take() }
        let time = processor.database.environment.time
        return try await withThrowingTaskGroup(of: [Delivery].self) { group in
            group.addTask {
                do {
                    return try await take()
                } catch is CancellationError {
                    return []
                }
            }
            group.addTask {
                try? await time.sleep(for: .seconds(1))
                return []
            }
            var deliveries = try await group.next() ?? []
            group.cancelAll()
            for try await more in group { deliveries += more }
            if deliveries.isEmpty { try Task.checkCancellation() }
            return deliveries
        }
    }
}
