import Testing
import Tidings
import TidingsBroker
import TidingsTesting

private struct FaultyFixture: BusFixture {
    let fault: FaultyEmbeddedBus.Fault
    let folder: TemporaryFolder

    init(_ fault: FaultyEmbeddedBus.Fault) throws {
        self.fault = fault
        folder = try TemporaryFolder()
    }

    func open(_ environment: RuntimeEnvironment) async throws -> any EventBus {
        let bus = try await EmbeddedEventBus.open(
            folder.path, options: .small, logger: .quiet, environment: environment)
        return FaultyEmbeddedBus(fault, bus)
    }

    func close(_ bus: any EventBus) async throws {
        await (bus as? FaultyEmbeddedBus)?.bus.close()
    }

    func remove() async throws { folder.remove() }
}

/// The checks that only a bus with every capability runs whole can fail.
@Suite(.timeLimit(.minutes(10))) struct ConformanceFaultTests {
    private static func checks(that find: FaultyEmbeddedBus.Fault) -> [String] {
        switch find {
        case .startsTooEarly, .startsTooLate:
            ["a start at a moment gives what was published then and later, and nothing before"]
        case .startsAgain: ["joining a group again with another start changes nothing"]
        case .republishes:
            [
                "a retry reaches no group that was made after the event",
                "a retry is recognised after a restart of a durable bus",
            ]
        case .hidesDuplicates:
            [
                "an event that stands several times in a batch is published once",
                "several publishers of one event at one moment publish it once",
            ]
        case .givesDuplicatesNewSequences: ["a publisher's retry is published once, under its first sequence"]
        case .comparesIDsAlone: ["source and id make an event what it is, and nothing else does"]
        case .knowsDuplicatesForEver:
            ["a retry is recognised for so long, counted from the first time, and not for longer"]
        case .countsNoAttempts:
            [
                "what a dead consumer had goes to another when its time-out ends",
                "what was acknowledged stays so, and attempts stay counted, over several restarts",
                "a restart in the middle of history loses nothing of it and repeats nothing that is done",
            ]
        case .knowsOnlyItsOwnReceipts: ["a receipt is enough: another member may settle what one has taken"]
        case .extendsOnlyForward: ["an extension may end sooner than the time-out would have"]
        case .mixesLongBatches: ["a long backlog is delivered whole and in order, and costs other groups nothing"]
        case .staysHealthy: ["an open bus is well, and a closed one is not, whatever came after it"]
        }
    }

    @Test(arguments: FaultyEmbeddedBus.Fault.allCases)
    func `the checks of history, duplicates and restarts find a fault`(_ fault: FaultyEmbeddedBus.Fault) async throws {
        let conformance = BusConformance(timeout: .seconds(1)) { try FaultyFixture(fault) }
        for name in Self.checks(that: fault) {
            let check = try #require(BusConformance.checks.first { $0.name == name })
            await #expect(throws: Violation.self, "\(name)") { try await conformance.run(check) }
        }
    }
}
