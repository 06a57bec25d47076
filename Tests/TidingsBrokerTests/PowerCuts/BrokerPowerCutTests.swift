import Synchronization
import Testing
import TidingsTesting

@Suite(.timeLimit(.minutes(5))) struct BrokerPowerCutTests {
    private static func survivals(_ boundary: Int) -> [SimulatedFileSystem.Survival] {
        let seed = UInt64(boundary) * 16
        return [
            .nothing, .everything, .prefix(fraction: 0.34), .prefix(fraction: 0.67), .random(seed: seed + 1),
            .random(seed: seed + 2), .torn(seed: seed + 3), .torn(seed: seed + 4),
        ]
    }

    private struct Case: Sendable {
        let boundary: Int
        let survival: SimulatedFileSystem.Survival
        let survivor: SimulatedFileSystem
        let promises: Promises
    }

    /// Runs the script once, and cuts the power at each of its boundaries.
    private func cases(
        on system: SimulatedFileSystem = SimulatedFileSystem(), each step: Int = 1
    ) async throws -> [Case] {
        let cases = Mutex<(boundary: Int, cases: [Case])>((0, []))
        let workload = PowerCutWorkload()
        let watched = WatchedFileSystem(system) { system in
            cases.withLock { state in
                state.boundary += 1
                guard state.boundary % step == 0 else { return }
                let before = workload.promises.withLock { $0 }
                let survivors = Self.survivals(state.boundary).map { ($0, system.afterPowerCut($0)) }
                let promises = workload.promises.withLock { $0 }.limited(to: before)
                for (survival, survivor) in survivors {
                    state.cases.append(
                        Case(boundary: state.boundary, survival: survival, survivor: survivor, promises: promises))
                }
            }
        }
        try await workload.run(on: watched)
        return cases.withLock { $0.cases }
    }

    /// Opens each survivor, on two threads that are not those of the other tests.
    private func defects(_ cases: [Case]) async -> [String] {
        func run(_ half: Int) -> Task<[String], Never> {
            Task(executorPreference: QueueExecutor("power cuts \(half)")) {
                var defects: [String] = []
                for (index, item) in cases.enumerated() where index % 2 == half {
                    if let defect = await PowerCutVerdict(promises: item.promises).defect(item.survivor) {
                        defects.append("boundary \(item.boundary), \(item.survival): \(defect)")
                    }
                }
                return defects
            }
        }
        let halves = [run(0), run(1)]
        return await halves[0].value + halves[1].value
    }

    @Test func `no power cut at any boundary breaks a promise of the bus`() async throws {
        let cases = try await cases()
        let defects = await defects(cases)
        print(
            "power cuts of the broker: \(cases.last?.boundary ?? 0) boundaries x \(Self.survivals(0).count) survivals = "
                + "\(cases.count) cases, \(defects.count) defects")
        #expect(defects.isEmpty, "\(defects.count) defects, such as:\n\(defects.prefix(20).joined(separator: "\n"))")
        #expect(cases.count >= 2000)
    }

    @Test(arguments: [SimulatedFileSystem.Operation.synchronize, .synchronizeDirectory])
    func `a disk that lies about its syncs is found out`(lie: SimulatedFileSystem.Operation) async throws {
        let system = SimulatedFileSystem()
        system.fail(lie, with: .lie)
        let cases = try await cases(on: system, each: 23)
        let defects = await defects(cases)
        print("power cuts on a disk that lies about \(lie): \(defects.count) defects in \(cases.count) cases")
        #expect(!defects.isEmpty)
    }
}
