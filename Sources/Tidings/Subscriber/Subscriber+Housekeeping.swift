import CoreMetrics
import Logging
import ServiceLifecycle

extension Subscriber {
    /// Measures the group every few seconds and prunes what is past its horizon in slices, until it is time to stop.
    func housekeep(_ consumer: any EventConsumer) async {
        let time = database.environment.time
        var isFailing = false
        while !isStopping {
            do {
                try await measure(consumer)
                while try await prune() {}
                if isFailing { logger.info("\(name) is measured and pruned again") }
                isFailing = false
                try await cancelWhenGracefulShutdown { try await time.sleep(for: .seconds(5)) }
            } catch is CancellationError {
                return
            } catch {
                metrics.housekeepingFailures.increment()
                if !isFailing {
                    logger.warning(
                        "\(name) could not be measured and pruned; it tries again every 5 seconds",
                        metadata: ["error": "\(error)"])
                }
                isFailing = true
                try? await cancelWhenGracefulShutdown { try await time.sleep(for: .seconds(5)) }
            }
        }
    }

    private func measure(_ consumer: any EventConsumer) async throws {
        let depth = try await consumer.depth()
        metrics.queueDepth.record(depth.pending)
        metrics.oldestAge.record(depth.oldest.map { (database.environment.now() - $0).seconds } ?? 0)
        let (dead, waiting): (Int, Int) = try await database.engine.read { [name] connection in
            let rows = try connection.query(
                "SELECT state, count(*) AS n FROM tidings_parked WHERE consumer = \(name) GROUP BY state")
            let counts = try rows.map { (try $0.value("state", as: String.self), try $0.value("n", as: Int.self)) }
            return (counts.first { $0.0 == "dead" }?.1 ?? 0, counts.first { $0.0 == "parked" }?.1 ?? 0)
        }
        metrics.deadLetters.record(dead)
        metrics.parked.record(waiting)
    }

    /// Removes one slice of what is older than the horizon, but for the outcomes that parked events still need.
    /// - Returns: whether there may be more.
    private func prune() async throws -> Bool {
        let horizon = database.environment.now() + (.zero - database.inboxHorizon)
        let removed = try await database.engine.write { [name] connection in
            try connection.execute(
                """
                DELETE FROM tidings_inbox WHERE place IN (
                    SELECT place FROM (SELECT place, at FROM tidings_inbox ORDER BY place LIMIT 1000) AS oldest
                    WHERE at < \(horizon))
                """)
                + connection.execute(
                    """
                    DELETE FROM tidings_effects WHERE consumer = \(name) AND (event_id, source) IN (
                        SELECT event_id, source FROM tidings_effects AS old
                        WHERE consumer = \(name) AND at < \(horizon) AND NOT EXISTS (
                            SELECT 1 FROM tidings_parked AS parked
                            WHERE parked.consumer = old.consumer AND parked.event_id = old.event_id
                                AND parked.source = old.source)
                        LIMIT 1000)
                    """)
        }
        return removed >= 1000
    }
}
