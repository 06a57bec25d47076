import Synchronization
import TidingsTesting

extension PowerCutWorkload {
    /// Runs the script and kills its process at the first boundary from one on at which the log's files hold something
    /// that the disk does not have; `nil` where it does not come so far.
    static func kill(from boundary: Int) async -> PowerCut? {
        let workload = PowerCutWorkload()
        let state = Mutex<(passed: Int, kill: PowerCut?)>((0, nil))
        let watched = WatchedFileSystem(SimulatedFileSystem()) { system in
            state.withLock { state in
                state.passed += 1
                guard state.kill == nil, state.passed >= boundary, holdsMoreThanItsDisk(system) else { return }
                let before = workload.promises.withLock { $0 }
                let next = system.crash()
                let promises = workload.promises.withLock { $0 }.limited(to: before)
                state.kill = PowerCut(name: "killed at boundary \(state.passed)", survivor: next, promises: promises)
            }
        }
        // Every call of the dead process fails, which is how the script ends.
        try? await workload.run(on: watched)
        return state.withLock { $0.kill }
    }

    private static func holdsMoreThanItsDisk(_ system: SimulatedFileSystem) -> Bool {
        let disk = system.afterPowerCut(.nothing)
        let names = (try? disk.files(in: folder)) ?? []
        return names.contains { name in
            guard name.hasSuffix(".log"), let durable = try? disk.contents(of: folder + "/" + name),
                let seen = try? system.contents(of: folder + "/" + name)
            else { return false }
            return durable != seen
        }
    }
}
