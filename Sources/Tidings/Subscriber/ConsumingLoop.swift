import CoreMetrics
import Metrics
import ServiceLifecycle
import TidingsRouting
import Tracing

/// Takes batches from the bus, has them processed, and settles them, until it is time to stop.
///
/// A subscriber runs several. One of them takes at a time.
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
    /// What cancels its wait.
    let loop: CancellableLoop

    private var options: SubscriberOptions { processor.options }

    func run() async {
        var pause = LoopPause(of: "consume \(number)", status)
        while !Task.isStopping {
            do {
                let deliveries = try await takeBatch(pause)
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
        status.took()
        defer { status.isDone() }
        report.took(deliveries, at: processor.database.environment.now())
        let (consumer, timeout) = (consumer, options.visibilityTimeout)
        let hold = BatchHold {
            let first = deliveries[0].event
            return .batch(of: deliveries.count, "taken", by: processor.consumer, first)
        } extend: {
            try await consumer.settle(deliveries.map { .extend($0.receipt, by: timeout) }).isEmpty
        }
        holds.add(hold)
        let outcome = await process(deliveries, while: hold)
        holds.remove(hold)
        report.finished(outcome)
        if outcome.hasParked { status.parked.signal() }
        try await consumer.settle(outcome.settlements)
        if let outage = outcome.outage { throw outage }
    }

    private func process(_ deliveries: [Delivery], while hold: BatchHold) async -> BatchOutcome {
        await processor.database.environment.suspects.pass {
            await withSpan("process \(processor.consumer)", ofKind: .consumer) { span in
                span.attributes["messaging.batch.message_count"] = deliveries.count
                return await processor.process(prepare(deliveries), while: hold)
            }
        }
    }

    /// Prepares a batch. What was taken often and never settled seems to kill its consumer, and is to be tried alone, in the
    /// order of its key.
    private func prepare(_ deliveries: [Delivery]) -> [TakenEvent] {
        let suspects = deliveries.lazy.filter { $0.attempt > options.suspicion }
        let keys = Set(suspects.compactMap(\.event.lineKey))
        return deliveries.map { delivery in
            let isSuspect =
                delivery.attempt > options.suspicion
                || !keys.isEmpty && delivery.event.lineKey.map(keys.contains) == true
            let origin = TakenEvent.Origin.delivery(delivery.receipt)
            return isSuspect
                ? processor.prepare(suspect: delivery.event, from: origin)
                : processor.prepare(delivery.event, from: origin)
        }
    }

    // MARK: Taking

    /// Takes a batch, or nothing if it is time to stop or a pause is over.
    private func takeBatch(_ pause: LoopPause) async throws -> [Delivery] {
        let deliveries = try await cancelWhenGracefulShutdown {
            try await within(pause) { try await takeTurn() }
        }
        if !deliveries.isEmpty { turns.signal() }
        return deliveries
    }

    /// Waits for its turn and takes a batch. A loop that got one has the turn until it gives it up.
    private func takeTurn() async throws -> [Delivery] {
        try await turns.wait()
        do {
            let deliveries = try await next()
            if deliveries.isEmpty { turns.signal() }
            return deliveries
        } catch {
            turns.signal()
            throw error
        }
    }

    /// Takes a batch. Its wait may be cancelled if it takes nothing though events wait.
    private func next() async throws -> [Delivery] {
        let work = processor.database.work
        let description = { @Sendable [number, status] () -> WorkInProgress.Description? in
            guard let count = status.idleBeside else { return nil }
            return WorkInProgress.Description(
                "taking events in loop \(number) of \(status.name)", heldBy: "the bus, which gives it none",
                holdsUp: "\(count) events that wait for \(status.name)")
        }
        let piece = work.begin(.loop, limit: StuckLimits.loop, cancel: { [loop] in loop.cancel() }, description)
        defer { work.end(piece) }
        return try await consumer.next(atMost: options.batchSize)
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
