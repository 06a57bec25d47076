import CoreMetrics
import Logging

/// Measures a consumer group, and tries its dead letters again that no handler took.
struct SubscriberMaintenance: Sendable {
    let consumer: any EventConsumer
    let processor: BatchProcessor
    let metrics: EventMetrics
    /// What the maintenance of the database knows the group by.
    let group: Int
    let status: SubscriberStatus

    private var database: ServiceDatabase { processor.database }

    /// The loops that do it, each on its own, so that one that fails does not keep the other.
    func loops(_ logger: Logger) -> [PeriodicLoop] {
        let work: [(String, @Sendable () async throws -> Void)] = [
            ("measuring", measure), ("looking for dead letters that no handler took", redrive),
        ]
        return work.map { name, body in
            PeriodicLoop(
                name: "\(name) \(processor.consumer)", interval: .seconds(5), time: database.environment.time,
                logger: logger, failures: metrics.maintenanceFailures, work: database.work, body: body)
        }
    }

    @Sendable private func measure() async throws {
        let depth = try await consumer.depth()
        status.look(pending: depth.pending)
        database.maintenance.note(depth.oldest, of: group, at: database.environment.time.uptime())
        metrics.queueDepth.record(depth.pending)
        metrics.oldestAge.record(depth.oldest.map { (database.environment.now() - $0).seconds } ?? 0)
        let parked = processor.parked
        let (dead, waiting) = try await database.read {
            (try parked.count([.dead], in: $0), try parked.count(ParkedEvents.State.waiting, in: $0))
        }
        metrics.deadLetters.record(dead)
        metrics.parked.record(waiting)
    }

    /// Tries dead letters that no handler took, now that there is one. Another member may have made them since the last
    /// look, in a group whose members are of several versions.
    @Sendable private func redrive() async throws {
        let (parked, slice) = (processor.parked, 1000)
        while true {
            let now = database.environment.now()
            let count = try await database.engine.write(.relaxed) {
                try parked.redriveUnhandled(atMost: slice, at: now, in: $0)
            }
            if count > 0 { status.parked.signal() }
            if count < slice { return }
        }
    }
}
