import Tidings
import TidingsBroker
import TidingsRouting

func declareAudit(_ bus: EmbeddedEventBus) async throws {
    try await bus.declareRule(
        EventRule(
            "audit", try EventPattern(json: #"{"source":[{"prefix":"roadcall."}]}"#),
            to: [.log("roadcall-prod", retention: .seconds(365 * 86_400))]))
    try await bus.declareRule(
        EventRule("money", EventPattern(types: "Payment*"), to: ["reporting", .log("payments")]))
}

func showEventLogs(_ bus: EmbeddedEventBus) async throws {
    for log in try await bus.eventLogs() {
        print(log.name, log.directory, log.pending, log.failure ?? "")
    }
}
