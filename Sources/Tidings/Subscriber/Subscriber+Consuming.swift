import CoreMetrics
import Logging
import Metrics
import Tracing

extension Subscriber {
    /// Takes batches and works on them until it is time to stop.
    /// - Parameter turns: signalled while no loop takes.
    func consume(from consumer: any EventConsumer, in turns: Signal, by table: HandlerTable, as number: Int) async {
        var pauses = Pauses(of: "consume \(number)")
        while !isStopping {
            do {
                let deliveries = try await takeBatch(from: consumer, in: turns, by: table, &pauses)
                try await work(on: deliveries, from: consumer, by: table)
                resume(&pauses)
            } catch is CancellationError {
                return
            } catch {
                await pause(because: error, &pauses)
            }
        }
    }

    /// Works on one batch and settles it; where the ground is gone, gives back what was not done and throws.
    func work(
        on deliveries: [Delivery], from consumer: any EventConsumer, by table: HandlerTable
    ) async throws {
        guard !deliveries.isEmpty else { return }
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
        /// The keys of what was parked.
        var blocked: Set<String> = []

        func isBlocked(_ work: Work) -> Bool { work.event.orderingKey.map(blocked.contains) == true }
    }

    /// Works on a batch: in one transaction, or in several where an effect has to see what an earlier event of its key
    /// did. Once the ground is gone, the rest goes back, and so does what is parked behind an event that failed.
    /// - Parameter end: when what has not begun goes back too.
    func process(_ batch: [Work], by table: HandlerTable, until end: Timestamp? = nil) async -> Outcome {
        var outcome = Outcome()
        for wave in Self.waves(of: batch) {
            let isOver = outcome.outage != nil || end.map { database.environment.now() >= $0 } == true
            let blocked = isOver ? wave : wave.filter { $0.receipt == nil && outcome.isBlocked($0) }
            outcome.released += blocked
            if isOver { continue }
            let runnable = blocked.isEmpty ? wave : wave.filter { $0.receipt != nil || !outcome.isBlocked($0) }
            if !runnable.isEmpty { await process(wave: runnable, by: table, into: &outcome) }
        }
        return outcome
    }

    /// Splits a batch so that no effect shares a wave with an earlier event of its key, or with a copy of its event.
    private static func waves(of batch: [Work]) -> [[Work]] {
        guard batch.contains(where: \.hasEffect) else { return [batch] }
        var waves: [[Work]] = []
        var waveOfKey: [String?: [EventKey?: Int]] = [:]
        for work in batch {
            let key = work.event.orderingKey
            let copies = key == nil ? EventKey(work.event) : nil
            var number = 0
            if let last = waveOfKey[key]?[copies] { number = work.hasEffect ? last + 1 : last }
            waveOfKey[key, default: [:]][copies] = number
            if number == waves.count { waves.append([]) }
            waves[number].append(work)
        }
        return waves
    }

    /// Runs the effects of a wave, then its handlers in one transaction.
    private func process(wave: [Work], by table: HandlerTable, into outcome: inout Outcome) async {
        var works = wave
        do {
            if works.contains(where: \.hasEffect), let outage = try await runEffects(of: &works) {
                outcome.outage = outage
            }
            let runnable = works.filter { !$0.isReleased }
            let verdicts = try await apply(runnable, by: table)
            report(verdicts, of: runnable)
            for (work, verdict) in zip(runnable, verdicts) where verdict.isParked {
                if let key = work.event.orderingKey { outcome.blocked.insert(key) }
            }
            outcome.finished += runnable
            outcome.released += works.filter(\.isReleased)
        } catch {
            outcome.released += works
            outcome.outage = error
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
