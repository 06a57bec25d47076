import Testing
import TidingsBroker
import TidingsTesting

@Suite(.timeLimit(.minutes(10))) struct WindowConformanceTests {
    @Test(arguments: BusConformance.checks)
    func `the embedded bus keeps the contract where few events are held ready`(
        _ check: BusConformance.Check
    ) async throws {
        var options = EmbeddedOptions.small
        options.segmentBytes = 64 << 10
        // A long backlog is several times as long.
        options.windowEvents = 2048
        try await BusConformance(timeout: .seconds(300)) { [options] in try EmbeddedFixture(options) }.run(check)
    }
}
