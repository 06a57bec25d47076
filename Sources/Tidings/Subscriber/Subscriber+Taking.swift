import ServiceLifecycle

extension Subscriber {
    /// Takes what one loop works on next: a batch, or nothing where it is time to stop or a pause is over.
    ///
    /// One loop takes at a time. One that finds suspects keeps its turn and deals with them before any other takes more,
    /// so that what they do to this process counts against no event that is merely near them.
    func takeBatch(
        from consumer: any EventConsumer, in turns: Signal, by table: HandlerTable, _ pauses: inout Pauses
    ) async throws -> [Delivery] {
        let deliveries = try await cancelWhenGracefulShutdown { [pauses] in
            try await self.within(pauses) { try await self.take(from: consumer, in: turns) }
        }
        guard !deliveries.isEmpty else { return [] }
        defer { turns.signal() }
        guard deliveries.contains(where: isSuspect) else { return deliveries }
        return try await passSuspects(among: deliveries, from: consumer, by: table, &pauses)
    }

    /// Waits for its turn and takes a batch. Who gets one has the turn until it gives it up.
    private func take(from consumer: any EventConsumer, in turns: Signal) async throws -> [Delivery] {
        try await turns.wait()
        do {
            let deliveries = try await consumer.next(atMost: options.batchSize)
            if deliveries.isEmpty { turns.signal() }
            return deliveries
        } catch {
            turns.signal()
            throw error
        }
    }

    /// Gives a batch with suspects back, which counts no attempt, and works on each of them alone.
    /// - Returns: the first that is not suspect; it is taken, and not worked on.
    private func passSuspects(
        among deliveries: [Delivery], from consumer: any EventConsumer, by table: HandlerTable, _ pauses: inout Pauses
    ) async throws -> [Delivery] {
        try await consumer.settle(deliveries.map { .release($0.receipt) })
        while !isStopping {
            let alone = try await cancelWhenGracefulShutdown { [pauses] in
                try await self.within(pauses) { try await consumer.next(atMost: 1) }
            }
            guard alone.contains(where: isSuspect) else { return alone }
            try await work(on: alone, from: consumer, by: table)
            resume(&pauses)
        }
        return []
    }

    /// An event that was taken often and never settled seems to kill its consumer. It is suspect before its takes have
    /// run out, so that it can be told from those that were only taken with it.
    private func isSuspect(_ delivery: Delivery) -> Bool {
        delivery.attempt > min(3, options.deliveryLimit - 1)
    }

    /// Takes events. After a pause it waits for a second at most, and may return nothing: the next event may be long in
    /// coming, and the pause is over where none waits.
    private func within(
        _ pauses: Pauses, take: @escaping @Sendable () async throws -> [Delivery]
    ) async throws -> [Delivery] {
        guard pauses.isPaused else { return try await take() }
        let time = database.environment.time
        return try await withThrowingTaskGroup(of: [Delivery].self) { group in
            group.addTask {
                do {
                    return try await take()
                } catch is CancellationError {
                    return []
                }
            }
            group.addTask {
                try? await time.sleep(for: .seconds(1))
                return []
            }
            var deliveries = try await group.next() ?? []
            group.cancelAll()
            for try await more in group { deliveries += more }
            if deliveries.isEmpty { try Task.checkCancellation() }
            return deliveries
        }
    }
}
