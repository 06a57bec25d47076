import Testing
import TidingsBroker
import TidingsTesting

@Suite(.timeLimit(.minutes(10))) struct EmbeddedConformanceTests {
    @Test(arguments: BusConformance.checks)
    func `the embedded bus keeps the contract`(_ check: BusConformance.Check) async throws {
        try await BusConformance(timeout: .seconds(300)) { try EmbeddedFixture() }.run(check)
    }

    @Test(arguments: BusConformance.checks)
    func `it keeps the contract with small files and little memory`(_ check: BusConformance.Check) async throws {
        try await BusConformance(timeout: .seconds(300)) { try EmbeddedFixture(.small) }.run(check)
    }
}
