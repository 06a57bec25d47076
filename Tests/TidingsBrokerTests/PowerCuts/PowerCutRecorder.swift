import Synchronization
import TidingsTesting

/// Cuts the power of a machine at the boundaries that it passes, without stopping it.
final class PowerCutRecorder: Sendable {
    private let state = Mutex<(boundary: Int, cuts: [PowerCut])>((0, []))
    private let step: Int
    private let prefix: String
    private let promises: @Sendable () -> Promises

    /// - Parameters:
    ///   - step: Only at every so many boundaries.
    ///   - prefix: What the cuts' names begin with.
    ///   - promises: What has been promised when it is asked.
    init(each step: Int = 1, prefix: String = "", promises: @escaping @Sendable () -> Promises) {
        self.step = step
        self.prefix = prefix
        self.promises = promises
    }

    var boundaryCount: Int { state.withLock { $0.boundary } }
    var cuts: [PowerCut] { state.withLock { $0.cuts } }

    /// Called at each boundary, on whatever thread comes to it.
    func pass(_ system: SimulatedFileSystem) {
        state.withLock { state in
            state.boundary += 1
            guard state.boundary % step == 0 else { return }
            let before = promises()
            let survivors = PowerCut.survivals(state.boundary).map { ($0, system.afterPowerCut($0)) }
            let promises = promises().limited(to: before)
            for (survival, survivor) in survivors {
                state.cuts.append(
                    PowerCut(
                        name: "\(prefix)boundary \(state.boundary), \(survival)", survivor: survivor,
                        promises: promises))
            }
        }
    }
}
