import Dispatch
import Synchronization
import Tidings
import TidingsLog

extension EmbeddedEventBus {
    func take(
        from queue: Int, atMost maximum: Int, for member: Membership, at now: Timestamp
    ) async throws -> (deliveries: [Delivery], patience: Duration) {
        let take = try translating {
            try state.withLock { try $0.take(from: queue, atMost: maximum, for: member, at: now, log) }
        }
        if take.mustLoad { load(queue) }
        if take.mustFillBack { fillBack(queue) }
        guard let ticket = take.ticket else {
            // Nothing may come for long, and what there is becomes old all the same.
            upkeep.lookForAge(of: self, at: now)
            return ([], take.patience)
        }
        try await wait(for: ticket, untilSynced: false)
        do {
            return (try await deliver(take.taken), take.patience)
        } catch {
            // What a group that was removed needed may be gone.
            try state.withLock { try $0.check(queue) }
            throw error
        }
    }

    func settle(_ settlements: [Settlement], in queue: Int) throws -> [Receipt] {
        let now = environment.now()
        return try translating { try state.withLock { try $0.settle(settlements, in: queue, at: now, log) } }
    }

    func leave(_ queue: Int, _ member: Membership) {
        guard member.end() else { return }
        let now = environment.now()
        // Where the log has stopped there is nothing to give back to.
        try? state.withLock { try $0.leave(queue, member.number, at: now, log) }
    }

    func depth(of queue: Int) throws -> QueueDepth {
        try state.withLock { state in
            try state.checkOpen()
            return try state.depth(of: queue)
        }
    }

    /// Makes deliveries of what was taken, reading from the log what is not in memory.
    private func deliver(_ taken: [BrokerState.Taken]) async throws -> [Delivery] {
        guard taken.contains(where: { $0.events.isEmpty }) else {
            return taken.map {
                Delivery(receipt: $0.receipt, attempt: $0.attempt, event: $0.events[$0.index])
            }
        }
        return try await blocking { [log] in
            var reader = RecordReader(log)
            return try taken.map { item in
                Delivery(
                    receipt: item.receipt, attempt: item.attempt,
                    event: item.events.isEmpty
                        ? try reader.event(item.receipt.sequence, ofRecordAt: item.position) : item.events[item.index])
            }
        }
    }

    /// Brings more of a queue into memory, and tells those who wait for it.
    private func load(_ queue: Int) {
        DispatchQueue.global().async { [self] in
            do {
                let plan = try state.withLock { state in
                    (reading: try state.planReading(queue), room: state.cache.limit / 4)
                }
                guard let reading = plan.reading else { return }
                var reader = BacklogReader(log, room: plan.room)
                let loaded = try reader.read(reading)
                state.withLock { $0.finishReading(loaded, of: queue) }?.signal()
            } catch let error as LogError where error.code == .closed {
                // The bus is closing: nobody waits any more.
            } catch {
                // What a group that was removed needed may be gone.
                let isRemoved = state.withLock { $0.queues[queue] == nil }
                if !isRemoved { fail(TidingsError(bus: error)) }
            }
        }
    }

    /// Runs what waits for the disk on a thread that may.
    func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Swift.Result {
                        do {
                            return try body()
                        } catch {
                            throw TidingsError(bus: error)
                        }
                    })
            }
        }
    }
}
