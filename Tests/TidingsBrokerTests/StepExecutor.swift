import Foundation
import Synchronization

/// Runs tasks only when told to, so that a test knows how far they have come.
final class StepExecutor: TaskExecutor {
    private let state = Mutex<(jobs: [UnownedJob], isFree: Bool)>(([], false))

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFree = state.withLock { state in
            state.jobs.append(job)
            return state.isFree
        }
        if isFree { run() }
    }

    /// Whether a task waits to be run.
    var hasJobs: Bool { state.withLock { !$0.jobs.isEmpty } }

    /// Runs every task up to where it waits; returns then.
    func run() {
        let done = DispatchSemaphore(value: 0)
        // Not the thread of the task that calls this.
        Thread.detachNewThread {
            while let job = self.next() { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
            done.signal()
        }
        done.wait()
    }

    /// Runs what there is, and from now on by itself.
    func letGo() {
        state.withLock { $0.isFree = true }
        run()
    }

    private func next() -> UnownedJob? {
        state.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
    }
}
