import CoreMetrics
import Logging
import Metrics
import ServiceLifecycle
import Synchronization

/// Looks every five seconds for what does not move, and says in the log when it begins and when it has ended. It also
/// tries whether the database can be written.
final class StuckWatch: Service {
    private let database: ServiceDatabase
    private let bus: any EventBus
    private let logger: Logger
    private let gauges: [(kind: StuckWork.Kind, gauge: Gauge)]
    private let failures: Counter
    private let known = Mutex<[String: StuckWork]>([:])

    init(_ database: ServiceDatabase, on bus: any EventBus, logger: Logger) {
        self.database = database
        self.bus = bus
        self.logger = logger
        gauges = StuckWork.Kind.allCases.map { kind in
            (kind, Gauge(label: "tidings_stuck", dimensions: [("service", database.service), ("kind", kind.rawValue)]))
        }
        failures = Counter(label: "tidings_watch_failures", dimensions: [("service", database.service)])
    }

    func run() async throws {
        // Apart, because a transaction that does not end must not keep the other from naming it.
        async let looking: Void = loop("looking for what is stuck in \(database.service)") { try await self.look() }
        await loop("trying to write to the database of \(database.service)") { try await self.tryWriting() }
        await looking
    }

    private func loop(_ name: String, _ body: @escaping @Sendable () async throws -> Void) async {
        await PeriodicLoop(
            name: name, interval: .seconds(5), time: database.environment.time, logger: logger, failures: failures,
            work: database.work, body: body
        ).run()
    }

    private func look() async throws {
        var found = await database.stuckOutside(on: bus)
        var failure: (any Error)?
        do {
            found += try await database.stuckRows()
        } catch {
            // What is in the database is as it was, as far as anyone knows.
            failure = error
            let outside: Set<StuckWork.Kind> = [.delivery, .loop, .group, .effect, .transaction]
            found += database.knownStuckWork.filter { !outside.contains($0.kind) }
        }
        database.lastLook.withLock { [found] in $0 = found }
        let now = Dictionary(found.map { ($0.identity, $0) }) { first, _ in first }
        let before = known.withLock { known in
            defer { known = now }
            return known
        }
        for (kind, gauge) in gauges { gauge.record(found.count { $0.kind == kind }) }
        for work in found where before[work.identity] == nil {
            logger.warning(
                "Stuck: \(work.name)",
                metadata: [
                    "kind": "\(work.kind.rawValue)", "since": "\(work.since)", "held-by": "\(work.heldBy)",
                    "holds-up": "\(work.holdsUp)", "remedy": "\(work.remedy)",
                ])
        }
        for work in before.values.sorted(by: { $0.since < $1.since }) where now[work.identity] == nil {
            logger.info(
                "No longer stuck: \(work.name)",
                metadata: ["kind": "\(work.kind.rawValue)", "since": "\(work.since)"])
        }
        if let failure { throw failure }
    }

    private func tryWriting() async throws {
        do {
            try await database.engine.write(.relaxed) { try Lease.touch("health", in: $0) }
            database.writeFailure.note(nil)
        } catch let error as TidingsError where error.isOutage {
            database.writeFailure.note("\(error)")
        }
    }
}
