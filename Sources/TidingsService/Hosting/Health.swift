import HTTPTypes
import Hummingbird
import Tidings

extension Router where Context == BasicRequestContext {
    /// Adds `GET /health` and `GET /health/events`.
    func addHealth(
        of service: String, bus: any EventBus, database: ServiceDatabase, _ subscribers: [Subscriber],
        _ environment: RuntimeEnvironment
    ) {
        get("health") { _, _ in
            Response.json(Health(status: "ok", service: service, timestamp: environment.now()))
        }
        get("health/events") { _, _ in
            let report = await EventsHealth(service, bus, database, subscribers, at: environment.now())
            return Response.json(report, status: report.status == .unavailable ? .serviceUnavailable : .ok)
        }
    }
}

private struct Health: Encodable {
    let status: String
    let service: String
    let timestamp: Timestamp
}

/// Whether a service's events flow, and why not.
private struct EventsHealth: Encodable {
    enum Status: String, Encodable {
        case ok
        /// It works, and something needs a person.
        case degraded
        /// It cannot do its work.
        case unavailable
    }

    struct Stuck: Encodable {
        let kind: StuckWork.Kind
        let name: String
        let since: Timestamp
    }

    let status: Status
    let service: String
    /// How many events are dead letters, or cannot be published; `nil` if the database does not answer.
    let failedEventsCount: Int?
    let connected: Bool
    let timestamp: Timestamp
    let reason: String?
    /// What did not move past its deadline a few seconds ago; `nil` if nothing. `/manage/stuck` says more of it.
    let stuck: [Stuck]?

    init(
        _ service: String, _ bus: any EventBus, _ database: ServiceDatabase, _ subscribers: [Subscriber],
        at now: Timestamp
    ) async {
        let busHealth = await bus.health()
        var outages = [busHealth.reason, database.writeProblem].compactMap { $0 }
        let stuck = database.knownStuckWork
        var failed: Int?
        do {
            failed = try await database.deadLetterCount() + database.setAsideCount()
        } catch {
            outages.append("the database does not answer: \(error)")
        }
        for health in subscribers.map(\.health) {
            if let reason = health.pausedBecause { outages.append("\(health.name) has paused: \(reason)") }
        }
        // The bus has an alarm for each group that nobody reads.
        let complaints = stuck.filter { $0.kind != .group && $0.kind != .transaction }.map(\.complaint)
        // Nothing else is written until it ends.
        outages += stuck.filter { $0.kind == .transaction }.map(\.complaint)
        let failures = (failed ?? 0) > 0 ? ["\(failed ?? 0) events have failed for good: see the dead letters"] : []
        let reasons = outages + busHealth.alarms + complaints + failures
        self.service = "\(service)-events"
        status = reasons.isEmpty ? .ok : outages.isEmpty ? .degraded : .unavailable
        failedEventsCount = failed
        connected = busHealth.isConnected
        timestamp = now
        reason = reasons.isEmpty ? nil : reasons.joined(separator: "; ")
        self.stuck = stuck.isEmpty ? nil : stuck.map { Stuck(kind: $0.kind, name: $0.name, since: $0.since) }
    }
}

extension StuckWork {
    /// Without what it says of errors, for health is shown to everyone.
    fileprivate var complaint: String { "\(name) is stuck since \(since)" }
}
