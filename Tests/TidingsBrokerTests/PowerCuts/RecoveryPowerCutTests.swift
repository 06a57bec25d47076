import Synchronization
import Testing
import Tidings
import TidingsBroker
import TidingsTesting

/// A bus that was stopped is opened and closed, and the power goes while that is under way.
@Suite(.timeLimit(.minutes(10))) struct RecoveryPowerCutTests {
    /// Opens what a stop left, closes it at once, and cuts the power at each boundary of both.
    private func reopen(_ stop: PowerCut) async throws -> PowerCutRecorder {
        let promises = Mutex(stop.promises)
        let recorder = PowerCutRecorder(prefix: "\(stop.name), then ") { promises.withLock { $0 } }
        let bus = try await PowerCutWorkload.open(WatchedFileSystem(stop.survivor, onChange: recorder.pass))
        // From here on someone may have acted upon what the bus says, so that no power cut may take it back.
        let told = try await BusAccount(of: bus, groups: stop.promises.groups.keys)
        promises.withLock { $0.told = told }
        await bus.close()
        return recorder
    }

    private func sweep(_ stops: [PowerCut], _ what: String) async throws -> (caseCount: Int, defects: [String]) {
        var boundaries = 0
        var cuts: [PowerCut] = []
        for stop in stops {
            let recorder = try await reopen(stop)
            boundaries += recorder.boundaryCount
            cuts += recorder.cuts
        }
        let defects = await cuts.defects()
        print(
            "power cuts while the broker recovers\(what): \(boundaries) boundaries of \(stops.count) recoveries "
                + "x \(PowerCut.survivals(0).count) survivals = \(cuts.count) cases, \(defects.count) defects")
        return (cuts.count, defects)
    }

    /// Some of the power cuts of a run, evenly spread over its boundaries and the ways to survive.
    private func powerCuts(_ count: Int) async throws -> [PowerCut] {
        let workload = PowerCutWorkload()
        let recorder = PowerCutRecorder { workload.promises.withLock { $0 } }
        try await workload.run(on: WatchedFileSystem(SimulatedFileSystem(), onChange: recorder.pass))
        let cuts = recorder.cuts
        // Of each eight in a row, which survive the same boundary, another one than before.
        let ways = PowerCut.survivals(0).count
        return (0..<count).map { cuts[$0 * (cuts.count / ways) / count * ways + $0 % ways] }
    }

    /// A process killed at some boundaries: what it wrote is seen by the next one, and is not on the disk yet.
    private func kills(
        _ count: Int, lyingAbout lie: SimulatedFileSystem.Operation? = nil
    ) async throws -> [PowerCut] {
        var kills: [PowerCut] = []
        for number in 0..<count {
            let kill = try #require(await PowerCutWorkload.kill(from: 20 + number * 300 / count))
            if let lie { kill.survivor.fail(lie, with: .lie) }
            kills.append(kill)
        }
        return kills
    }

    @Test func `no power cut during a recovery breaks a promise of the bus`() async throws {
        let (caseCount, defects) = try await sweep(powerCuts(14) + kills(4), "")
        #expect(defects.isEmpty, "\(defects.count) defects, such as:\n\(defects.prefix(20).joined(separator: "\n"))")
        #expect(caseCount >= 2000)
    }

    /// Only about files, since a recovery relies on no name that was not durable before. And only to the recovery of a
    /// killed process, since what a power cut leaves is on the disk already.
    @Test func `a disk that lies about its syncs to a recovery is found out`() async throws {
        let (_, defects) = try await sweep(kills(4, lyingAbout: .synchronize), " on a disk that lies about its syncs")
        #expect(!defects.isEmpty)
    }
}
