import Tidings
import TidingsBroker

func declareAlarms(_ bus: EmbeddedEventBus) async throws {
    try await bus.declareAlarm(QueueAlarm("dead letters", .deadLetters(above: 0)))
    try await bus.declareAlarm(
        QueueAlarm("slow", .oldestAge(above: .seconds(300)), of: "notifications", description: "drivers wait"))
    try await bus.declareAlarm(QueueAlarm("failing", .failuresPerMinute(above: 10)))
    try await bus.declareAlarm(QueueAlarm("ledgers", .unbalancedLedger))
    for status in try await bus.alarms() where status.state == .alarm { print(status) }
}
