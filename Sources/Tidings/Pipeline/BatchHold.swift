import Synchronization

/// The right to work on a batch. It is extended while the work goes on; once it is lost, what has not begun does not
/// begin, because another member may have it.
///
/// It is lost when an extension fails, and when its time has passed without one: a process that stood still for long finds
/// that out before it goes on.
final class BatchHold: Sendable {
    private enum Right {
        case notBegun
        /// Until the clock shows this.
        case held(until: Duration, by: any TimeSource)
        case lost
    }

    private let right = Mutex(Right.notBegun)
    /// What is said of the batch if it takes long.
    fileprivate let description: @Sendable () -> WorkInProgress.Description?
    /// What ``WorkInProgress`` knows the batch by, while it is extended.
    private let piece = Mutex<Int?>(nil)
    /// Asks whoever gave the batch for more time; says whether all of it is still this member's.
    fileprivate let extend: @Sendable () async throws -> Bool

    init(
        _ description: @escaping @Sendable () -> WorkInProgress.Description?,
        extend: @escaping @Sendable () async throws -> Bool
    ) {
        self.description = description
        self.extend = extend
    }

    /// What the parts of the batch belong to.
    fileprivate(set) var work: Int? {
        get { piece.withLock { $0 } }
        set { piece.withLock { $0 = newValue } }
    }

    var isLost: Bool {
        right.withLock { right in
            switch right {
            case .notBegun: false
            case .held(let end, let time): time.uptime() > end
            case .lost: true
            }
        }
    }

    fileprivate func lose() { right.withLock { $0 = .lost } }

    /// It is held for a time from a moment on, unless it was lost for good.
    fileprivate func hold(for timeout: Duration, from start: Duration, by time: any TimeSource) {
        right.withLock { right in
            if case .lost = right { return }
            right = .held(until: start + timeout, by: time)
        }
    }
}

/// Extends the holds on the batches that are worked on, at half their time-out at the latest.
///
/// It counts turns, and goes by the clock that never jumps.
final class BatchHolds: Sendable {
    private let timeout: Duration
    private let interval: Duration
    private let time: any TimeSource
    private let work: WorkInProgress
    /// Each hold, and whether it was there at the last turn.
    private let holds = Mutex<[ObjectIdentifier: (hold: BatchHold, isOld: Bool)]>([:])

    /// - Parameter timeout: how long a batch is held without being extended.
    init(timeout: Duration, on database: ServiceDatabase) {
        self.timeout = timeout
        interval = max(.milliseconds(1), timeout / 4)
        time = database.environment.time
        work = database.work
    }

    /// Begins to extend a hold.
    func add(_ hold: BatchHold) {
        hold.hold(for: timeout, from: time.uptime(), by: time)
        hold.work = work.begin(.delivery, limit: timeout, cancel: { hold.lose() }, hold.description)
        holds.withLock { $0[ObjectIdentifier(hold)] = (hold, false) }
    }

    /// Extends a hold no longer: its batch is done.
    func remove(_ hold: BatchHold) {
        holds.withLock { $0[ObjectIdentifier(hold)] = nil }
        if let piece = hold.work { work.end(piece) }
    }

    /// Extends until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            try? await time.sleep(for: interval)
            await withDiscardingTaskGroup { group in
                for hold in takeOld() {
                    group.addTask { [time, interval, timeout] in
                        let start = time.uptime()
                        let isHeld = try? await time.withTimeout(
                            interval, throwing: .timedOut("the extension of a batch", interval)
                        ) { try await hold.extend() }
                        if isHeld == true { hold.hold(for: timeout, from: start, by: time) } else { hold.lose() }
                    }
                }
            }
        }
    }

    private func takeOld() -> [BatchHold] {
        holds.withLock { holds in
            let old = holds.values.filter(\.isOld).map(\.hold)
            for key in holds.keys { holds[key]?.isOld = true }
            return old
        }
    }
}
