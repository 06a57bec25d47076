import Synchronization
import Tidings
import TidingsBroker
import TidingsLog
import TidingsTesting

/// A run of the script on a machine whose disk fails, and what came of it.
final class FaultedRun: Sendable {
    /// What there is to hold against what was promised.
    struct Outcome: Sendable {
        var cuts: [PowerCut] = []
        var defects: [String] = []
    }

    private struct State {
        var strikes = 0
        /// How many calls came by which it strikes next.
        var preceding = 0
        var outcome = Outcome()
    }

    private let fault: DiskFault
    private let isCacheKept: Bool
    private let system = SimulatedFileSystem()
    private let state = Mutex(State())

    var isStruck: Bool { state.withLock { $0.strikes > 0 } }

    /// - Parameter isCacheKept: Whether the next process reads what a failed sync left in memory, whatever it does.
    init(_ fault: DiskFault, isCacheKept: Bool) {
        self.fault = fault
        self.isCacheKept = isCacheKept
    }

    /// Runs the script to its end or to where the fault ends it; cuts the power at the first strike, at the end, and when
    /// the next process has opened the folder on the same machine.
    func run() async -> Outcome {
        let workload = PowerCutWorkload { [self] in !isStruck }
        let told = { @Sendable in workload.promises.withLock { $0 } }
        if fault.operation != .synchronizeDirectory { arm(after: fault.skipped) }
        let watched = WatchedFileSystem(system, onCall: { [self] in note($0, told) }, onChange: { _ in })
        do {
            try await workload.run(on: watched)
        } catch {
            guard isStruck else { return Outcome(defects: ["\(fault): the script failed by itself: \(error)"]) }
        }
        guard isStruck else { return Outcome() }
        cut("at the end", [.nothing, .everything, .random(seed: 1), .torn(seed: 2)], told)
        await reopen(told())
        return state.withLock { $0.outcome }
    }

    private func arm(after skipped: Int) {
        system.fail(
            fault.operation, of: fault.operation == .synchronizeDirectory ? "" : fault.suffix, after: skipped,
            times: fault.isOnce ? 1 : .max, with: fault.failure)
    }

    private func note(_ call: FileCall, _ told: () -> Promises) {
        if fault.precedes(call) {
            let isDue = state.withLock { state in
                state.preceding += 1
                return state.preceding == fault.skipped + 1
            }
            if isDue { arm(after: 0) }
        }
        guard case .failed(fault.operation, let error) = call,
            fault.operation == .synchronizeDirectory || error.path.hasSuffix(fault.suffix)
        else { return }
        let isFirst = state.withLock { state in
            state.strikes += 1
            return state.strikes == 1
        }
        if isFirst { cut("at the fault", [.nothing, .everything], told) }
    }

    private func cut(_ when: String, _ survivals: [SimulatedFileSystem.Survival], _ told: () -> Promises) {
        let before = told()
        let survivors = survivals.map { ($0, system.afterPowerCut($0)) }
        let promises = told().limited(to: before)
        let cuts = survivors.map { survival, survivor in
            PowerCut(name: "\(fault), \(when), \(survival)", survivor: survivor, promises: promises)
        }
        state.withLock { $0.outcome.cuts += cuts }
    }

    /// The process ends, and the next one opens what is seen of the folder, on a disk that works again. What it says is
    /// there stays there, whatever the power does.
    private func reopen(_ promises: Promises) async {
        var next = system.crash()
        if !fault.isOnce {
            // One comes that meets the fault as well, and may or may not be able to open the folder.
            _ = try? await PowerCutWorkload.open(next)
            next = next.crash()
        }
        next.clearFaults()
        do {
            let bus = try await PowerCutWorkload.open(
                WatchedFileSystem(next, isCacheKept: isCacheKept, onChange: { _ in }))
            var promises = promises
            promises.told = try await BusAccount(of: bus, groups: promises.groups.keys)
            for survival in [SimulatedFileSystem.Survival.nothing, .everything, .torn(seed: 3)] {
                let cut = PowerCut(
                    name: "\(fault), opened again, \(survival)", survivor: next.afterPowerCut(survival),
                    promises: promises)
                state.withLock { $0.outcome.cuts.append(cut) }
            }
            next.cutPower()
            await bus.close()
        } catch {
            state.withLock { $0.outcome.defects.append("\(fault): it does not open again: \(error)") }
        }
    }
}
