import Dispatch

/// Runs tasks on a thread of its own, one after the other, so that what takes long does not keep the cooperative pool
/// from the other tests.
final class QueueExecutor: TaskExecutor {
    private let queue: DispatchQueue

    init(_ name: String) {
        queue = DispatchQueue(label: name)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
