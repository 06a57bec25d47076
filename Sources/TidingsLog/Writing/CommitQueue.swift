import Synchronization

/// The state that callers of `append` and the writer share: the staged group, and how far the log is written and durable.
///
/// Its lock is never held across a system call on a file, nor across a callback; it may be taken under any other lock.
final class CommitQueue: Sendable {
    private let state: Mutex<State>
    private let signal = WakeSignal()
    private let roomInterval: Duration

    init(tail: Tail, options: LogOptions) {
        roomInterval = options.roomInterval
        let end = LogPosition(segment: tail.segment, offset: tail.offset)
        state = Mutex(State(staging: Staging(tail: tail, options: options), writtenEnd: end, syncedEnd: end))
    }

    private struct State {
        var staging: Staging
        var progress = LogProgress()
        /// Everything before this position is written.
        var writtenEnd: LogPosition
        /// Everything before this position is durable.
        var syncedEnd: LogPosition
        /// Why the writer must stop, if another thread found a reason.
        var fault: LogError?
        var isClosed = false
        var activity = Activity.working
    }

    /// What the writer does, which decides whether it has to be woken.
    private enum Activity {
        /// It works and looks for more by itself.
        case working
        /// It waits for a deadline; lazy records need not wake it.
        case waitingForDeadline
        /// It waits for anything.
        case waiting
    }

    /// What the writer does next.
    enum Step {
        /// Write the group that was handed over; sync as well when the deadline has passed or the log closes.
        case write(mustSynchronize: Bool)
        /// Sync what is written.
        case synchronize
        /// Wait for a signal; records wait as well, so not beyond the deadline.
        case wait(untilDeadline: Bool)
        /// Everything is written and synced, and nothing more will come.
        case finish
        /// Stop, for this reason.
        case stop(LogError)
    }

    var progress: LogProgress { state.withLock { $0.progress } }

    /// Whether there is no room for the next segment.
    var isFull: Bool { state.withLock { $0.staging.shortage != nil } }

    /// Why the writer cannot go on to the next segment, or must stop.
    var shortage: LogError? { state.withLock { $0.fault ?? $0.staging.shortage?.cause } }

    /// Behind the last written record, and behind the last durable one.
    var ends: (written: LogPosition, synced: LogPosition) { state.withLock { ($0.writtenEnd, $0.syncedEnd) } }

    func append(
        byteCount: Int, urgency: LogUrgency, keepingFree: Int, _ body: (inout OutputRawSpan) -> Void
    ) throws(LogError) -> LogTicket {
        let (ticket, mustWake) = try state.withLock { state throws(LogError) in
            try Self.checkOpen(state)
            let ticket = try state.staging.stage(
                byteCount: byteCount, urgency: urgency, keepingFree: keepingFree, body)
            return (ticket, Self.setWorking(&state, for: urgency))
        }
        if mustWake { signal.notify() }
        return ticket
    }

    /// Whether everything before the position's record, and the record, is written.
    func isWritten(_ position: LogPosition) -> Bool { state.withLock { position < $0.writtenEnd } }

    /// Decides the writer's next step; hands the staged group over when it is to be written.
    ///
    /// - Parameters:
    ///   - group: A group that was written, whose buffers are used again.
    ///   - isDue: The deadline of what waits has passed.
    ///   - hasUnsynced: Something is written and not synced.
    func next(_ group: inout Group, isDue: Bool, hasUnsynced: Bool) -> Step {
        state.withLock { state in
            if let fault = state.fault { return .stop(fault) }
            let isEmpty = state.staging.isEmpty
            let mustSynchronize = isDue || state.isClosed
            state.activity = .working
            if !isEmpty, mustSynchronize || state.staging.urgency > .lazy {
                state.staging.exchange(with: &group)
                return .write(mustSynchronize: mustSynchronize)
            }
            if hasUnsynced, mustSynchronize { return .synchronize }
            if state.isClosed { return .finish }
            let hasDeadline = hasUnsynced || !isEmpty
            state.activity = hasDeadline ? .waitingForDeadline : .waiting
            return .wait(untilDeadline: hasDeadline)
        }
    }

    /// Lets the writer wait until something needs it or the deadline has passed.
    func wait(until deadline: Deadline?) { signal.wait(until: deadline) }

    /// Records that a group is written, and returns how far the log has come.
    func advance(written ordinal: UInt64, end: LogPosition) -> LogProgress {
        state.withLock { state in
            assert(ordinal >= state.progress.written && end >= state.writtenEnd, "records are written in their order")
            state.progress.written = ordinal
            state.writtenEnd = end
            return state.progress
        }
    }

    /// Records that all that is written is durable, and returns how far the log has come.
    func advanceSynced() -> LogProgress {
        state.withLock { state in
            assert(state.progress.synced <= state.progress.written && state.syncedEnd <= state.writtenEnd)
            state.progress.synced = state.progress.written
            state.syncedEnd = state.writtenEnd
            return state.progress
        }
    }

    /// Stops the log for good, and returns how far it had come.
    func stop(_ failure: LogError) -> LogProgress {
        state.withLock { state in
            state.progress.failure = state.progress.failure ?? failure
            state.staging.note(nil)
            return state.progress
        }
    }

    /// Records whether there is room for the next segment, and wakes the writer, which may wait for it.
    func note(_ shortage: Staging.Shortage?) {
        let mustWake = state.withLock { state in
            if state.staging.shortage == nil, shortage == nil { return false }
            state.staging.note(shortage)
            return shortage == nil && Self.setWorking(&state, for: .sync)
        }
        if mustWake { signal.notify() }
    }

    /// Lets the writer wait for room.
    ///
    /// - Returns: `false`, at once, when the log is being closed or must stop.
    func waitForRoom() -> Bool {
        let mayWait = state.withLock { state in
            if state.isClosed || state.fault != nil { return false }
            state.activity = .waitingForDeadline
            return true
        }
        if mayWait { signal.wait(until: Deadline(after: roomInterval)) }
        return mayWait
    }

    /// Stops the writer for a reason that another thread found.
    func fail(_ failure: LogError) {
        let mustWake = state.withLock { state in
            state.fault = state.fault ?? failure
            return Self.setWorking(&state, for: .sync)
        }
        if mustWake { signal.notify() }
    }

    /// Refuses further records and lets the writer finish.
    func close() {
        let mustWake = state.withLock { state in
            state.isClosed = true
            return Self.setWorking(&state, for: .sync)
        }
        if mustWake { signal.notify() }
    }

    private static func checkOpen(_ state: State) throws(LogError) {
        if let failure = state.progress.failure {
            throw LogError(
                .stopped, "The log has stopped: \(failure.message) Nothing more is accepted.", cause: failure)
        }
        if state.isClosed { throw .closed }
    }

    /// Notes that the writer works from now on; whether it has to be woken for that.
    private static func setWorking(_ state: inout State, for urgency: LogUrgency) -> Bool {
        switch state.activity {
        case .working: return false
        case .waitingForDeadline where urgency == .lazy: return false
        case .waitingForDeadline, .waiting:
            state.activity = .working
            return true
        }
    }
}

extension LogError {
    /// What every call on a closed log answers.
    static var closed: LogError { LogError(.closed, "The log was closed. Open it again to use it.") }
}
