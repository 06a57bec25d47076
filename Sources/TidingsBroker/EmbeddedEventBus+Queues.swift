public import Tidings

extension EmbeddedEventBus {
    /// Makes a queue, or changes the options of one; durable when this returns. The same twice changes nothing.
    ///
    /// A queue gets what rules and redrives bring it. Its dead-letter queue is made with it if it is not there. What is in
    /// flight keeps its time-out, and what is published already its delay.
    /// - Throws: `TidingsError` with code `invalid` for options out of range, a name that a consumer group has, or a
    ///   dead-letter queue of another queue; `overloaded` if there are 20,000 queues, dead-letter queues among them, groups
    ///   and archives; `unavailable`, `closed`.
    public func declareQueue(_ name: String, _ options: QueueOptions = QueueOptions()) async throws {
        try await engine.declare(name, options)
    }

    /// Removes a queue with all its events; durable when this returns. Its consumers fail with code `closed`. A queue of
    /// the same name that is made later starts empty. One that is not there is not an error.
    /// - Throws: `TidingsError` with code `invalid` if the queue gets the dead letters of another one; remove that first.
    public func removeQueue(_ name: String) async throws { try await engine.removeQueue(name) }

    /// Begins to consume a queue that was declared. Receipts belong to no consumer: any of the queue settles them, also one of
    /// a later process.
    /// - Throws: `TidingsError` with code `invalid` if there is none of this name.
    public func consumer(ofQueue name: String) async throws -> any EventConsumer {
        EmbeddedEventConsumer(self, try engine.attach(to: name))
    }

    /// Drops all events of a queue, also what is in flight; durable when this returns.
    /// - Returns: How many they were.
    @discardableResult
    public func purgeQueue(_ name: String) async throws -> Int {
        let queue = try engine.read { state throws(TidingsError) in try state.queue(named: name) }
        let last = engine.read { $0.lastShown }
        return try await engine.removeAll { state in
            // Also what was taken since the last step.
            try state.recall(queue)
            return try state.proposeDrop(from: queue, as: .purged, before: last + 1)
        }
    }

    // MARK: Dead letters

    /// The dead letters of a dead-letter queue, the oldest event first.
    /// - Parameters:
    ///   - queue: The name of the dead-letter queue.
    ///   - sequence: Those behind this one.
    ///   - maximum: How many at most, 1 to 10,000.
    /// - Throws: `TidingsError` with code `invalid` if there is no such queue, or `maximum` is out of range.
    public func deadLetters(
        in queue: String, after sequence: UInt64 = 0, atMost maximum: Int = 100
    ) async throws -> [QueueDeadLetter] {
        try BusLimits.check(takeOf: maximum)
        try tendSource(of: queue)
        let (source, notes, reading) = try engine.read { state in
            try state.checkOpen()
            return try state.deadLetters(in: state.queue(named: queue), after: sequence, atMost: maximum)
        }
        return try await engine.executor.run { [log = engine.log] in
            var reader = BacklogReader(log, room: .max)
            return try reader.read(reading).batches.flatMap { batch in
                batch.events.enumerated().compactMap { index, event in
                    let sequence = batch.firstSequence + UInt64(index)
                    return notes[sequence].map { QueueDeadLetter(sequence, of: source, event, $0) }
                }
            }
        }
    }

    /// Gives dead letters back to the queue that they came from, where they begin anew; durable when this returns.
    /// - Parameters:
    ///   - queue: The name of the dead-letter queue.
    ///   - sequences: Which; `nil` for all. What is in flight, not there, or in its queue already stays.
    /// - Returns: How many went back.
    /// - Throws: `TidingsError` with code `invalid` if there is no such queue, it is no dead-letter queue, or the queue whose
    ///   dead letters it holds was removed.
    @discardableResult
    public func redrive(from queue: String, _ sequences: [UInt64]? = nil) async throws -> Int {
        try tendSource(of: queue)
        let letters = try engine.read { state throws(TidingsError) in try state.queue(named: queue) }
        let (chosen, now) = (sequences.map { SequenceSet(of: $0) }, environment.now())
        return try await engine.removeAll { try $0.proposeRedrive(from: letters, chosen, at: now) }
    }

    /// Gives dead letters up; durable when this returns.
    /// - Parameters: as for ``redrive(from:_:)``.
    /// - Returns: How many were discarded.
    @discardableResult
    public func discard(from queue: String, _ sequences: [UInt64]) async throws -> Int {
        let letters = try engine.read { state throws(TidingsError) in
            let letters = try state.queue(named: queue)
            try state.checkIsDeadLetterQueue(letters)
            return letters
        }
        try tendSource(of: queue)
        let chosen = SequenceSet(of: sequences)
        return try await engine.removeAll { try $0.proposeDrop(from: letters, as: .discarded, chosen) }
    }

    /// What the queue of a dead-letter queue has received too often is a dead letter, though nobody receives now; and what
    /// was out of that itself may be back.
    private func tendSource(of letters: String) throws {
        let queues = try engine.read { state throws(TidingsError) in
            try state.checkOpen()
            let letters = try state.queue(named: letters)
            return [state.source(ofDeadLetters: letters), letters].compactMap(\.self)
        }
        // A disk without room keeps nobody from looking.
        for queue in queues { try? engine.tend(queue) }
    }
}

extension QueueDeadLetter {
    fileprivate init(_ sequence: UInt64, of queue: String, _ event: Envelope, _ note: DeadLetterNote) {
        self.init(
            sequence: sequence, queue: queue, event: event, attempts: Int(note.attempts), reason: note.reason,
            firstReceived: note.firstReceived, deadSince: note.deadSince)
    }
}
