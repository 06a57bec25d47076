import TidingsRouting

/// The middle of the pipeline, on a batch and a database: prepare, run effects, handle.
///
/// It knows no bus and no loop. Whoever has taken events settles them by what became of the batch: the consuming loop,
/// the retry loop, a replay, a test.
struct BatchProcessor: Sendable {
    /// The consumer group.
    let consumer: String
    let handlers: HandlerTable
    let database: ServiceDatabase
    let options: SubscriberOptions
    let inbox: Inbox
    let parked: ParkedEvents
    let outcomes: EffectOutcomes

    init(_ consumer: String, handlers: HandlerTable, database: ServiceDatabase, options: SubscriberOptions) {
        self.consumer = consumer
        self.handlers = handlers
        self.database = database
        self.options = options
        inbox = Inbox(consumer: consumer)
        parked = ParkedEvents(
            consumer: consumer, afterDeadLetter: options.afterDeadLetter, types: handlers.types,
            suspicion: options.suspicion)
        outcomes = EffectOutcomes(consumer: consumer)
    }

    /// Finds the handler of an event and decodes the event for it.
    func prepare(_ event: Envelope, from origin: TakenEvent.Origin) -> TakenEvent {
        do {
            guard let index = try handlers.index(for: event) else { return untaken(event, origin) }
            do {
                let prepared = try handlers[index].prepare(event, consumer)
                return taken(event, origin, by: index, .prepared(prepared, outcome: nil))
            } catch {
                // What does not decode now never will.
                return taken(event, origin, by: index, .failed(NotRetryable(cause: error)))
            }
        } catch {
            return prepare(event, from: origin, failedWith: error)
        }
    }

    /// Prepares an event that is to be tried alone.
    func prepare(suspect event: Envelope, from origin: TakenEvent.Origin) -> TakenEvent {
        guard let handler = try? handlers.index(for: event) else { return untaken(event, origin) }
        return taken(event, origin, by: handler, .suspect)
    }

    /// Prepares an event that is not to be tried: its attempt has failed.
    func prepare(_ event: Envelope, from origin: TakenEvent.Origin, failedWith error: any Error) -> TakenEvent {
        taken(event, origin, by: handlers.index(for: event.type), .failed(error))
    }

    /// An event that no handler takes: its type has none here, or the pattern of its handler does not want it any more.
    private func untaken(_ event: Envelope, _ origin: TakenEvent.Origin) -> TakenEvent {
        guard let index = handlers.index(for: event.type) else {
            return TakenEvent(event: event, origin: origin, handler: nil, key: nil, state: .unhandled)
        }
        if case .parked = origin {
            let reason = "\(handlers[index].name) does not want it any more: its source or data do not match"
            return taken(event, origin, by: index, .failed(NotRetryable(reason)))
        }
        return TakenEvent(event: event, origin: origin, handler: index, key: nil, state: .skipped(.unwanted))
    }

    private func taken(
        _ event: Envelope, _ origin: TakenEvent.Origin, by handler: Int?, _ state: TakenEvent.State
    ) -> TakenEvent {
        let isOrdered = handler.map { handlers[$0].options.isOrdered } ?? true
        let key = isOrdered ? event.lineKey : nil
        return TakenEvent(event: event, origin: origin, handler: handler, key: key, state: state)
    }

    /// Runs the effects and handlers of a batch: in one transaction, or in several if an effect has to see what an
    /// earlier event of its key did. After an outage of the database the rest is given back, and so is what is parked
    /// behind an event that failed.
    /// - Parameter hold: the right to work on the batch; once it is lost, no more is begun. `nil` if nobody else could.
    func process(_ batch: [TakenEvent], while hold: BatchHold? = nil) async -> BatchOutcome {
        var outcome = BatchOutcome()
        for wave in Self.waves(of: batch) {
            if outcome.outage != nil || hold?.isLost == true {
                outcome.release(wave)
                continue
            }
            // What was parked before stays where it is; what comes from the bus parks in its transaction.
            let blocked = wave.map { $0.claim != nil && outcome.isBlocked($0) }
            outcome.release(zip(wave, blocked).filter(\.1).map(\.0))
            let runnable = zip(wave, blocked).filter { !$0.1 }.map(\.0)
            if !runnable.isEmpty { await process(wave: runnable, while: hold, into: &outcome) }
        }
        return outcome
    }

    private func process(wave: [TakenEvent], while hold: BatchHold?, into outcome: inout BatchOutcome) async {
        var events = wave
        do {
            let stop = try await runEffects(of: &events, while: hold)
            if hold?.isLost == true { return outcome.release(events) }
            outcome.finish(try await handle(events.filter { !$0.isReleased }))
            outcome.release(events.lazy.filter(\.isReleased), because: stop)
        } catch {
            outcome.release(events, because: error)
        }
    }

    /// Splits a batch so that no effect shares a wave with an earlier event of its key, or with a copy of its event. What is
    /// suspect comes first: what comes after it may kill the process, and it would be blamed once more.
    private static func waves(of batch: [TakenEvent]) -> [[TakenEvent]] {
        let suspects = batch.filter(\.isSuspect)
        if suspects.isEmpty { return wavesOfEffects(of: batch) }
        return [suspects] + wavesOfEffects(of: batch.filter { !$0.isSuspect })
    }

    private static func wavesOfEffects(of batch: [TakenEvent]) -> [[TakenEvent]] {
        guard batch.contains(where: \.hasEffect) else { return batch.isEmpty ? [] : [batch] }
        var waves: [[TakenEvent]] = []
        var waveOfKey: [ByteText?: [EventKey?: Int]] = [:]
        for event in batch {
            let key = event.key
            let copies = key == nil ? EventKey(event.event) : nil
            var number = 0
            if let last = waveOfKey[key]?[copies] { number = event.hasEffect ? last + 1 : last }
            waveOfKey[key, default: [:]][copies] = number
            if number == waves.count { waves.append([]) }
            waves[number].append(event)
        }
        return waves
    }
}
