import CoreMetrics
package import Logging
import ServiceLifecycle

/// Removes what a database need not remember any more, as its ``RetentionPolicy`` says, in slices so that no transaction
/// waits for long.
///
/// Several may run on one database; one of them is at work at a time, every few seconds.
package struct DatabaseMaintenance: Service {
    /// What can be removed, by the running time at the beginning of a turn.
    private struct Horizons: Sendable {
        var inbox: Int64?
        var outcomes: Timestamp?
        var finishedSagas: Timestamp?
        var earlySagas: Timestamp?
        var deadLetters: Timestamp?
    }

    private let database: ServiceDatabase
    private let logger: Logger
    private let metrics: PruningMetrics
    private let interval = Duration.seconds(5)

    package init(of database: ServiceDatabase, logger: Logger) {
        self.database = database
        self.logger = logger
        metrics = PruningMetrics(service: database.service)
    }

    /// Works until the task is cancelled or the service group shuts down.
    package func run() async {
        await PeriodicLoop(
            name: "pruning the database of \(database.service)", interval: interval, time: database.environment.time,
            logger: logger, failures: metrics.failures, work: database.work, body: turn
        ).run()
    }

    /// Removes what is due, unless another one does or did a short while ago.
    @Sendable package func turn() async throws {
        guard database.maintenance.begin(at: database.environment.time.uptime(), every: interval) else { return }
        defer { database.maintenance.end() }
        let horizons = try await noteTime()
        if let place = horizons.inbox {
            metrics.inbox.increment(by: try await slices(of: 1000) { try Inbox.prune(to: place, limit: 1000, in: $0) })
        }
        if let moment = horizons.outcomes { try await pruneOutcomes(before: moment) }
        if let moment = horizons.finishedSagas {
            let count = try await slices(of: 100) { try SagaInstances.prune(before: moment, limit: 100, in: $0) }
            metrics.sagas.increment(by: count)
        }
        if let moment = horizons.deadLetters {
            let count = try await slices(of: 500) {
                try ParkedEvents.pruneDeadLetters(before: moment, limit: 500, in: $0)
            }
            metrics.parked.increment(by: count)
            if count > 0 { logger.info("removed old dead letters", metadata: ["count": "\(count)"]) }
        }
        if let moment = horizons.earlySagas { try await endEarly(before: moment) }
    }

    /// Notes the running time, and finds what is old enough by it.
    private func noteTime() async throws -> Horizons {
        let (environment, maintenance, policy) = (database.environment, database.maintenance, database.retention)
        let (horizons, uptime) = try await database.engine.write(.relaxed) { connection in
            let noted = try RunningTime.last(in: connection)
            let uptime = environment.time.uptime()
            let age = maintenance.age(after: noted, at: uptime)
            // Wherever the wall clock was set since the last note, it did not pass faster than it should.
            let earliest = environment.now() + (.zero - maintenance.sinceNote(at: uptime))
            try RunningTime(for: policy).note(
                age, earliest: earliest, inbox: try Inbox.lastPlace(in: connection), in: connection)
            func moment(_ time: Duration) throws -> Timestamp? {
                try RunningTime.moment(time, before: age, in: connection)
            }
            var horizons = Horizons(
                inbox: try RunningTime.place(policy.inbox, before: age, in: connection),
                outcomes: try moment(policy.inbox), finishedSagas: try moment(policy.finishedSagas),
                earlySagas: try moment(policy.earlySagas), deadLetters: try moment(policy.deadLetters))
            // What a group has not acknowledged can come again, whatever its age.
            switch maintenance.backlog(at: uptime, within: .seconds(15)) {
            case .empty: break
            case .unknown: (horizons.inbox, horizons.outcomes) = (nil, nil)
            case .since(let oldest):
                let end = try RunningTime.place(before: oldest, in: connection)
                horizons.inbox = end.flatMap { end in horizons.inbox.map { min($0, end) } }
                horizons.outcomes = horizons.outcomes.map { min($0, oldest) }
            }
            return (horizons, uptime)
        }
        maintenance.noted(at: uptime)
        return horizons
    }

    /// Looks for outcomes as a reader, which keeps no transaction waiting: those of parked events may be many.
    private func pruneOutcomes(before moment: Timestamp) async throws {
        let limit = 1000
        while !Task.isStopping {
            let old = try await database.read { try EffectOutcomes.old(before: moment, limit: limit, in: $0) }
            guard !old.isEmpty else { return }
            let count = try await database.engine.write(.relaxed) { try EffectOutcomes.remove(old, in: $0) }
            metrics.outcomes.increment(by: count)
            if old.count < limit { return }
            await Task.yield()
        }
    }

    private func endEarly(before moment: Timestamp) async throws {
        let environment = database.environment
        var (letters, sagas) = (0, 0)
        var last: SagaInstances.EarlyPlace?
        defer {
            if sagas > 0 {
                logger.info(
                    "made dead letters of early events whose sagas were never started",
                    metadata: ["events": "\(letters)", "sagas": "\(sagas)"])
            }
        }
        while !Task.isStopping {
            let ended = try await database.engine.write(.relaxed) { [last] in
                try SagaInstances.endEarly(before: moment, after: last, limit: 20, at: environment.now(), in: $0)
            }
            guard let end = ended.last else { return }
            (letters, sagas, last) = (letters + ended.letters, sagas + ended.sagas, end)
            metrics.sagas.increment(by: ended.sagas)
            await Task.yield()
        }
    }

    /// Removes rows slice by slice, each in a transaction of its own.
    private func slices(
        of limit: Int, _ prune: @escaping @Sendable (any DatabaseConnection) throws -> Int
    ) async throws -> Int {
        var count = 0
        while !Task.isStopping {
            let removed = try await database.engine.write(.relaxed, prune)
            count += removed
            if removed < limit { break }
            await Task.yield()
        }
        return count
    }
}

/// What was removed, by table, and the failures to.
private struct PruningMetrics: Sendable {
    let inbox: Counter
    let outcomes: Counter
    let sagas: Counter
    let parked: Counter
    let failures: Counter

    init(service: String) {
        func pruned(_ table: String) -> Counter {
            Counter(label: "tidings_pruned", dimensions: [("service", service), ("table", table)])
        }
        inbox = pruned("inbox")
        outcomes = pruned("effects")
        sagas = pruned("sagas")
        parked = pruned("parked")
        failures = Counter(
            label: "tidings_maintenance_failures", dimensions: [("service", service), ("consumer", "")])
    }
}
