import Synchronization

/// A loop that runs as a task of its own, so that a person may cancel the turn in which it is; it then begins anew.
///
/// Its turns are no tasks of their own: there may be many thousands in a second.
final class CancellableLoop: Sendable {
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let flag = CancellationFlag()

    /// Cancels the turn.
    func cancel() {
        flag.set()
        task.withLock(\.self)?.cancel()
    }

    /// Runs a loop until it ends, or it is time to stop.
    static func run(_ body: @escaping @Sendable (CancellableLoop) async -> Void) async {
        var isToBegin = true
        while isToBegin {
            let loop = CancellableLoop()
            let task = Task { await body(loop) }
            loop.task.withLock { $0 = task }
            await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                task.cancel()
            }
            isToBegin = loop.flag.isSet && !Task.isStopping
        }
    }
}
