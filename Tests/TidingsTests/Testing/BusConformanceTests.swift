import Testing
import Tidings
import TidingsTesting

private struct FaultyFixture: BusFixture {
    let fault: FaultyBus.Fault

    func open(_ environment: RuntimeEnvironment) async throws -> any EventBus { FaultyBus(fault, environment) }

    func close(_ bus: any EventBus) async throws {
        (bus as? FaultyBus)?.close()
    }
}

@Suite(.timeLimit(.minutes(3))) struct BusConformanceTests {
    @Test(arguments: FaultyBus.Fault.allCases)
    func `the suite finds a bus with a fault`(_ fault: FaultyBus.Fault) async throws {
        let violation = await #expect(throws: Violation.self) {
            try await BusConformance(timeout: .milliseconds(300)) { FaultyFixture(fault: fault) }.run()
        }
        #expect(violation?.description.isEmpty == false)
    }

    @Test func `no two checks have one name`() {
        #expect(Set(BusConformance.checks.map(\.name)).count == BusConformance.checks.count)
    }
}
