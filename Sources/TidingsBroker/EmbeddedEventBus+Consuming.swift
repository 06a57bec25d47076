import Dispatch
import Synchronization
import Tidings
import TidingsLog

extension EmbeddedEventBus {
    func take(
        from queue: Int, atMost maximum: Int, for member: Membership, at now: Timestamp
    ) async throws -> (deliveries: [Delivery], patience: Duration) {
        let (taken, ticket, patience) = try translating {
            try state.withLock { try $0.take(from: queue, atMost: maximum, for: member, at: now, log) }
        }
        guard let ticket else { return ([], patience) }
        try await wait(for: ticket, untilSynced: false)
        return (try await deliver(taken), patience)
    }

    func settle(_ settlements: [Settlement], in queue: Int) throws -> [Receipt] {
        let now = environment.now()
        return try translating { try state.withLock { try $0.settle(settlements, in: queue, at: now, log) } }
    }

    func leave(_ queue: Int, _ member: Membership) {
        let now = environment.now()
        member.end()
        // Where the log has stopped there is nothing to give back to.
        try? state.withLock { try $0.leave(queue, member.number, at: now, log) }
    }

    func depth(of queue: Int) throws -> QueueDepth {
        try state.withLock { state in
            try state.checkOpen()
            return state.depth(of: queue)
        }
    }

    /// Makes deliveries of what was taken, reading from the log what is not in memory.
    private func deliver(_ taken: [BrokerState.Taken]) async throws -> [Delivery] {
        guard taken.contains(where: { $0.event == nil }) else {
            return taken.compactMap { item in
                item.event.map { Delivery(receipt: item.receipt, attempt: item.attempt, event: $0.envelope) }
            }
        }
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { [log] in
                continuation.resume(
                    with: Result {
                        do {
                            var reader = RecordReader(log)
                            return try taken.map { item in
                                Delivery(
                                    receipt: item.receipt, attempt: item.attempt,
                                    event: try item.event?.envelope ?? reader.event(at: item.place))
                            }
                        } catch {
                            throw TidingsError(bus: error)
                        }
                    })
            }
        }
    }
}
