import Tidings

extension EventBench {
    /// Waits until nothing moves that is not for later: outboxes and bus are empty, and no scheduled event, parked event or
    /// saga is due.
    ///
    /// What waits for a later time stays: see ``advance(by:)``.
    /// - Parameter limit: how long it may take by the machine's clock.
    /// - Throws: ``Violation``, naming what still moves, when it takes longer.
    public func waitUntilIdle(within limit: Duration = .seconds(60)) async throws {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while let reason = try await unrest() {
            if let failure { throw failure }
            guard clock.now < end else { throw Violation("the bench is not idle after \(limit): \(reason)") }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    /// Lets time pass: the clock goes from one thing that is due to the next, and waits at each until all is idle.
    ///
    /// Retries, scheduled events and time-outs of sagas so come at their own time, in order. What sleeps on the clock within a
    /// handler, such as an effect that hangs, is not waited for by itself: move ``clock`` by hand.
    /// - Parameter duration: how far; not negative.
    /// - Throws: ``Violation`` as ``waitUntilIdle(within:)`` does.
    public func advance(by duration: Duration) async throws {
        let end = clock.now() + max(duration, .zero)
        try await waitUntilIdle()
        while let due = try await nextDue(), due <= end {
            clock.advance(by: due - clock.now())
            try await waitUntilIdle()
        }
        clock.advance(by: end - clock.now())
        try await waitUntilIdle()
    }

    /// What is not idle, for a person; `nil` if nothing moves.
    private func unrest() async throws -> String? {
        let before = marks
        if let busy = subscribers.first(where: { $0.activity.current > 0 }) {
            return "\(busy.name) is at work; if it waits for time to pass, move the bench's clock by hand"
        }
        guard memory.isIdle else { return "events on the bus wait to be handled" }
        // Before the outboxes: what is scheduled goes from here to there.
        if let due = try await nextDue(), due <= clock.now() {
            return "a retry, a scheduled event or the time-out of a saga is due, and nobody who runs takes it"
        }
        for database in databases {
            let outbox = try await database.outboxDepth().count
            if outbox > 0 { return "\(outbox) events wait in the outbox of \(database.service)" }
        }
        // Nothing has begun meanwhile.
        return before == marks && memory.isIdle ? nil : "events flow"
    }

    /// Counts that change when something moves.
    private var marks: [Int] { [Int(memory.publishedCount)] + subscribers.map(\.activity.begun) }

    /// When the next scheduled event, retry or time-out is due.
    private func nextDue() async throws -> Timestamp? {
        var moments: [Timestamp] = []
        for database in databases {
            let subscribers = subscribers.filter { $0.database === database }
            moments += try await database.read { connection in
                try [ScheduledEvents.nextDue(in: connection), SagaInstances.nextDue(in: connection)].compactMap { $0 }
                    + subscribers.compactMap { try $0.nextRetry(in: connection) }
            }
        }
        return moments.min()
    }
}
