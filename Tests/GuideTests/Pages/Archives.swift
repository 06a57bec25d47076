import Tidings
import TidingsBroker
import TidingsRouting

func declareArchive(_ bus: EmbeddedEventBus) async throws {
    try await bus.declareArchive(
        EventArchive("incidents", EventPattern(types: "incident.*"), retention: .seconds(90 * 86_400)))
    for status in try await bus.archives() { print(status.archive.name, status.count, status.expired) }
}
