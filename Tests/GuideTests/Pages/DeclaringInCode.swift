import Tidings
import TidingsBroker
import TidingsRouting

func roadside(keptFor retention: Duration) throws -> Declarations {
    try Declarations {
        for name in ["notifications", "tracking"] {
            EventQueue(name) {
                $0.visibilityTimeout = .seconds(300)
                $0.ordering = .none
            }
        }
        EventQueue("reporting")
        EventRule("assigned", EventPattern(types: "incident.assigned.v1"), to: ["tracking"])
        EventRule(
            "urgent",
            try EventPattern(json: #"{"data":{"severity":[{"numeric":[">=",3]}]}}"#),
            to: ["notifications", "reporting"])
        EventArchive("incidents", EventPattern(types: "incident.*"), retention: retention)
        QueueAlarm("dead letters", .deadLetters(above: 0))
        QueueAlarm("slow", .oldestAge(above: .seconds(300)))
    }
}

func declare(_ bus: EmbeddedEventBus) async throws {
    let declarations = try roadside(keptFor: .seconds(90 * 86_400))
    for difference in try await bus.differences(from: declarations) { print(difference) }
    for change in try await bus.apply(declarations) { print(change) }
}
