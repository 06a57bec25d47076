import Synchronization

/// The right to work on a batch. It is extended while the work goes on; once it is lost, what has not begun does not
/// begin, because another member may have it.
final class BatchHold: Sendable {
    private let lost = Mutex(false)
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

    var isLost: Bool { lost.withLock { $0 } }

    fileprivate func lose() { lost.withLock { $0 = true } }
}

/// Extends the holds on the batches that are worked on, at half their time-out at the latest.
///
/// It counts turns and reads no clock, which may jump.
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
                    group.addTask { [time, interval] in
                        let isHeld = try? await time.withTimeout(
                            interval, throwing: .timedOut("the extension of a batch", interval)
                        ) { try await hold.extend() }
                        if isHeld != true { hold.lose() }
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
