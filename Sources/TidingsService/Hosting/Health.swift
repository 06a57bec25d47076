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
            return Response.json(report, status: report.reason == nil ? .ok : .serviceUnavailable)
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
    let status: String
    let service: String
    /// `nil` if the database does not answer.
    let failedEventsCount: Int?
    let connected: Bool
    let timestamp: Timestamp
    let reason: String?

    init(
        _ service: String, _ bus: any EventBus, _ database: ServiceDatabase, _ subscribers: [Subscriber],
        at now: Timestamp
    ) async {
        let busHealth = await bus.health()
        var reasons = [busHealth.reason].compactMap { $0 }
        var failed: Int?
        do {
            failed = try await database.deadLetterCount()
        } catch {
            reasons.append("the database does not answer: \(error)")
        }
        for health in subscribers.map(\.health) {
            if let reason = health.pausedBecause { reasons.append("\(health.name) has paused: \(reason)") }
        }
        self.service = "\(service)-events"
        status = reasons.isEmpty ? "ok" : "unavailable"
        failedEventsCount = failed
        connected = busHealth.isConnected
        timestamp = now
        reason = reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }
}
