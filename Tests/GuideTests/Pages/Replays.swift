import Tidings
import TidingsBroker
import TidingsRouting

func replayYesterday(_ bus: EmbeddedEventBus, from: Timestamp, to: Timestamp) async throws {
    try await bus.startReplay(
        EventReplay(
            "reports of yesterday", of: "incidents", from: from, to: to,
            pattern: EventPattern(types: "incident.created.*"), queues: ["reporting"], rate: 1000))
    let status = try await bus.replays().last
    print(status?.progress ?? 0, status?.delivered ?? 0, status?.estimatedEnd as Any)
    try await bus.cancelReplay("reports of yesterday")
}
