import Tidings
import TidingsBroker
import TidingsRouting

func declareRules(_ bus: EmbeddedEventBus) async throws {
    try await bus.declareRule(
        EventRule("all", EventPattern(types: "incident.*"), to: ["reporting"], description: "Analytics"))
    try await bus.declareRule(
        EventRule(
            "urgent",
            try EventPattern(
                json: #"{"type":["incident.created.v1"],"data":{"severity":[{"numeric":[">=",3]}]}}"#),
            to: ["notifications", "reporting"]))
}
