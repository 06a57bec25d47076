import Synchronization
import Testing
import TidingsTesting

@Suite(.timeLimit(.minutes(10))) struct BrokerPowerCutTests {
    /// Runs the script once, and cuts the power at each of its boundaries.
    private func run(
        on system: SimulatedFileSystem = SimulatedFileSystem(), each step: Int = 1,
        tally: MaintenanceTally = MaintenanceTally()
    ) async throws -> PowerCutRecorder {
        let workload = PowerCutWorkload()
        let recorder = PowerCutRecorder(each: step) { workload.promises.withLock { $0 } }
        try await workload.run(on: WatchedFileSystem(system, onCall: tally.note, onChange: recorder.pass))
        return recorder
    }

    @Test func `no power cut at any boundary breaks a promise of the bus`() async throws {
        let tally = MaintenanceTally()
        let recorder = try await run(tally: tally)
        let cuts = recorder.cuts
        let defects = await cuts.defects()
        print(
            "power cuts of the broker: \(recorder.boundaryCount) boundaries x \(PowerCut.survivals(0).count) survivals "
                + "= \(cuts.count) cases, \(defects.count) defects")
        print(
            "what went on meanwhile: \(tally.checkpoints) checkpoints, segments rolled \(tally.rolledSegments), "
                + "removed \(tally.removedSegments), compacted \(tally.compactedSegments)")
        #expect(tally.checkpoints > 0)
        #expect(tally.rolledSegments > 0)
        #expect(tally.removedSegments > 0)
        #expect(tally.compactedSegments > 0)
        #expect(defects.isEmpty, "\(defects.count) defects, such as:\n\(defects.prefix(20).joined(separator: "\n"))")
        #expect(cuts.count >= 2000)
    }

    @Test(arguments: [SimulatedFileSystem.Operation.synchronize, .synchronizeDirectory])
    func `a disk that lies about its syncs is found out`(lie: SimulatedFileSystem.Operation) async throws {
        let system = SimulatedFileSystem()
        system.fail(lie, with: .lie)
        let cuts = try await run(on: system, each: 23).cuts
        let defects = await cuts.defects()
        print("power cuts on a disk that lies about \(lie): \(defects.count) defects in \(cuts.count) cases")
        #expect(!defects.isEmpty)
    }
}
