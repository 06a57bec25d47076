import DequeModule
import Synchronization
import TidingsLog

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The jobs of a ``BlockingExecutor`` and the threads that do them.
///
/// Threads are started as they are needed, up to four, and stay until the line is closed and empty.
final class JobLine: Sendable {
    typealias Job = @Sendable () -> Void

    private static let threadLimit = 4
    /// How many slices run at once.
    private let sliceLimit = min(JobLine.threadLimit / 2, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)) / 2))

    private struct State {
        var jobs: Deque<Job> = []
        var slices: Deque<Job> = []
        var runningSlices = 0
        var threads = 0
        /// How to wake those that have nothing to do.
        var idle: [WakeSignal] = []
        var isClosed = false
    }

    private let state = Mutex(State())

    func add(_ work: BlockingExecutor.Work, _ job: @escaping Job) {
        let (idle, mustStart) = state.withLock { state -> (WakeSignal?, Bool) in
            switch work {
            case .job: state.jobs.append(job)
            case .slices:
                state.slices.append(job)
                // A thread that has done a slice looks for the next by itself.
                if state.runningSlices >= sliceLimit { return (nil, false) }
            }
            if let idle = state.idle.popLast() { return (idle, false) }
            return (nil, state.threads < Self.threadLimit)
        }
        idle?.notify()
        // If there can be no more threads, those that there are do the job.
        if mustStart { try? startThread() }
    }

    /// Lets the threads end when they have done what there is.
    func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        for signal in idle { signal.notify() }
    }

    /// Starts a thread, unless there are enough.
    func startThread() throws(LogError) {
        let isNeeded = state.withLock { state in
            guard state.threads < Self.threadLimit else { return false }
            state.threads += 1
            return true
        }
        guard isNeeded else { return }
        do throws(LogError) {
            try BlockingThread(named: "tidings.work") { self.run() }.detach()
        } catch {
            state.withLock { $0.threads -= 1 }
            throw error
        }
    }

    private enum Step {
        case run(Job)
        case runSlice(Job)
        case wait
        case end
    }

    /// What each thread does.
    private func run() {
        let signal = WakeSignal()
        var hasRunSlice = false
        while true {
            switch next(signal, hasRunSlice: hasRunSlice) {
            case .run(let job):
                hasRunSlice = false
                job()
            case .runSlice(let job):
                hasRunSlice = true
                job()
            case .wait:
                hasRunSlice = false
                signal.wait()
            case .end: return
            }
        }
    }

    /// - Parameter hasRunSlice: Whether the thread has just done a slice.
    private func next(_ signal: WakeSignal, hasRunSlice: Bool) -> Step {
        state.withLock { state in
            if hasRunSlice { state.runningSlices -= 1 }
            if let job = state.jobs.popFirst() { return .run(job) }
            if state.runningSlices < sliceLimit, let slice = state.slices.popFirst() {
                state.runningSlices += 1
                return .runSlice(slice)
            }
            if state.isClosed { return .end }
            state.idle.append(signal)
            return .wait
        }
    }
}
