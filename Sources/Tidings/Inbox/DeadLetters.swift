/// An event whose handler failed for good, with its evidence.
public struct DeadLetter: Sendable {
    /// What a redrive names it by; unique in its database.
    public let id: Int64
    /// The name of the consumer group whose handler failed.
    public let consumer: String
    /// The name of the handler that failed, such as `On(OrderCreated)`.
    public let handler: String
    /// The event as it was delivered, unchanged.
    public let event: Envelope
    /// How many attempts were made since it came or was last redriven.
    public let attempts: Int
    /// The description of the last attempt's error.
    public let error: String
    /// When the first attempt failed; a redrive does not change it.
    public let firstFailedAt: Timestamp
    /// When the last attempt failed; what `from` and `to` of a ``DeadLetterFilter`` compare.
    public let lastFailedAt: Timestamp
}

/// An event that waits for its next attempt, or behind an earlier event of its key.
public struct ParkedEvent: Sendable {
    /// Unique in its database; rises in the order in which events were parked.
    public let id: Int64
    /// The name of the consumer group.
    public let consumer: String
    /// The name of the handler that failed; `nil` if the event waits behind another one.
    public let handler: String?
    /// The event as it was delivered, unchanged.
    public let event: Envelope
    /// How many attempts were made, one that runs now included.
    public let attempts: Int
    /// The description of the last attempt's error; `nil` if none was made.
    public let error: String?
    /// When the next attempt is due, at the earliest; while one runs, when its claim ends.
    public let dueAt: Timestamp
}

/// Dead letters that failed alike: in one handler, on one type of event, with one error.
public struct DeadLetterGroup: Sendable {
    /// The name of the consumer group whose handler failed.
    public let consumer: String
    /// The name of the handler that failed, such as `On(OrderCreated)`.
    public let handler: String
    /// The type of the events, in the version in which they came.
    public let type: EventType
    /// The description of the error, the same for all of them.
    public let error: String
    /// How many dead letters the group has; at least 1.
    public let count: Int
    /// When the first of them failed for the first time.
    public let firstFailedAt: Timestamp
    /// When the last of them failed for the last time.
    public let lastFailedAt: Timestamp
}

/// Which dead letters are meant: those that fit everything that is set; all of a database if nothing is.
public struct DeadLetterFilter: Sendable, Hashable {
    /// These alone, by ``DeadLetter/id``; an empty array means none.
    public var ids: [Int64]?
    /// Those of the consumer group of this name.
    public var consumer: String?
    /// Those whose event has exactly this type, older versions not included.
    public var type: EventType?
    /// Those whose error contains this text.
    public var error: String?
    /// Those whose event has this subject.
    public var subject: String?
    /// Those that last failed at this moment or later.
    public var from: Timestamp?
    /// Those that last failed before this moment.
    public var to: Timestamp?

    /// Makes a filter; what is `nil` does not restrict it, so that one without arguments means all dead letters of a
    /// database.
    public init(
        ids: [Int64]? = nil, consumer: String? = nil, type: EventType? = nil, error: String? = nil,
        subject: String? = nil, from: Timestamp? = nil, to: Timestamp? = nil
    ) {
        self.ids = ids
        self.consumer = consumer
        self.type = type
        self.error = error
        self.subject = subject
        self.from = from
        self.to = to
    }
}

extension ServiceDatabase {
    /// How many dead letters the consumers of this database have.
    public func deadLetterCount(matching filter: DeadLetterFilter = DeadLetterFilter()) async throws -> Int {
        try await engine.read { try ParkedEvents.deadLetterCount(matching: filter, in: $0) }
    }

    /// Lists dead letters, the oldest first.
    /// - Parameters:
    ///   - filter: which.
    ///   - id: only those after this one; 0 for the first page.
    ///   - limit: how many at most, 1 to 1,000.
    public func deadLetters(
        matching filter: DeadLetterFilter = DeadLetterFilter(), after id: Int64 = 0, limit: Int = 100
    ) async throws -> [DeadLetter] {
        try checkPage(of: limit)
        return try await engine.read {
            try ParkedEvents.deadLetters(matching: filter, after: id, limit: limit, in: $0)
        }
    }

    /// Groups dead letters by handler, type and error, the largest group first.
    /// - Parameter limit: how many groups at most, 1 to 1,000.
    public func deadLetterGroups(
        matching filter: DeadLetterFilter = DeadLetterFilter(), limit: Int = 100
    ) async throws -> [DeadLetterGroup] {
        try checkPage(of: limit)
        return try await engine.read { try ParkedEvents.deadLetterGroups(matching: filter, limit: limit, in: $0) }
    }

    /// Makes dead letters due again, with all their attempts before them. Consumers of this process look at
    /// once, those of others within a second.
    ///
    /// They are spread over time, so that a million of them do not keep a consumer from its other work. Done in slices:
    /// if it fails, some may be due already, and doing it again is right.
    /// - Parameters:
    ///   - filter: which.
    ///   - consumer: the consumer group that tries them: another one that runs on this database in this process, if
    ///     theirs is gone or has no handler for them any more. One that has seen an event before handles it no more. What
    ///     an effect has returned goes along; one without a recorded outcome runs with another idempotency key.
    ///   - rate: how many are due in a second; above 0.
    /// - Returns: how many there were.
    /// - Throws: ``TidingsError`` with code `invalid` if no such consumer runs here.
    public func redrive(
        _ filter: DeadLetterFilter = DeadLetterFilter(), to consumer: String? = nil, perSecond rate: Double = 100
    ) async throws -> Int {
        let names = running.all.map(\.parked.consumer)
        if let consumer, !names.contains(where: { $0.utf8.elementsEqual(consumer.utf8) }) {
            let known = names.isEmpty ? "none runs here" : "there is \(names.joined(separator: ", "))"
            throw TidingsError(.invalid, "no consumer \(consumer) runs on the database of \(service); \(known)")
        }
        let (start, interval) = (environment.now(), Duration.seconds(1 / max(rate, 1e-6)))
        defer { wakeSubscribers() }
        return try await forEachSlice(of: filter) { ids, done, connection in
            if let consumer { try ParkedEvents.move(ids, to: consumer, in: connection) }
            try ParkedEvents.redrive(ids, from: start + interval * done, every: interval, in: connection)
        }
    }

    /// Removes dead letters for good, with their evidence. Later events of their keys wait no longer.
    /// - Returns: how many there were.
    public func discard(_ filter: DeadLetterFilter) async throws -> Int {
        try await forEachSlice(of: filter) { ids, _, connection in try ParkedEvents.discard(ids, in: connection) }
    }

    /// Makes dead letters of parked events, which can then be redriven, to another consumer too, or discarded; for those
    /// that nobody tries, or that hold up their key. One that is being tried just now stays a dead letter, whatever comes
    /// of the attempt.
    /// - Returns: how many there were.
    public func giveUpParked(_ filter: DeadLetterFilter) async throws -> Int {
        let now = environment.now()
        defer { wakeSubscribers() }
        return try await forEachSlice(of: filter, in: ParkedEvents.State.waiting) { ids, _, connection in
            try ParkedEvents.giveUp(ids, because: "given up by a person", at: now, in: connection)
        }
    }

    /// Removes parked rows of a consumer that hold events of a type and cannot be read, for good.
    /// - Returns: how many there were.
    public func discardUnreadable(_ type: EventType, of consumer: String) async throws -> Int {
        try await engine.write { try ParkedEvents.discardUnreadable(type, of: consumer, in: $0) }
    }

    /// Lists the events that wait for another attempt or behind an earlier event, the oldest first.
    /// - Parameters:
    ///   - consumer: those of one consumer group; `nil` for all.
    ///   - id: only those after this one; 0 for the first page.
    ///   - limit: how many at most, 1 to 1,000.
    public func parkedEvents(
        of consumer: String? = nil, after id: Int64 = 0, limit: Int = 100
    ) async throws -> [ParkedEvent] {
        try checkPage(of: limit)
        return try await engine.read { try ParkedEvents.waiting(of: consumer, after: id, limit: limit, in: $0) }
    }

    /// How much waits in the outbox, and since when.
    public func outboxDepth() async throws -> OutboxDepth {
        try await engine.read { try Outbox.depth(in: $0) }
    }

    /// Refuses a page that is empty or too large.
    func checkPage(of limit: Int) throws(TidingsError) {
        guard (1...1000).contains(limit) else {
            throw TidingsError(.invalid, "a page has 1 to 1,000 entries, not \(limit)")
        }
    }

    /// Changes dead letters in transactions of a thousand, so that nothing else waits for long.
    private func forEachSlice(
        of filter: DeadLetterFilter, in states: [ParkedEvents.State] = [.dead],
        _ body: @escaping @Sendable (_ ids: [Int64], _ done: Int, _ connection: any DatabaseConnection) throws -> Void
    ) async throws -> Int {
        var last: Int64 = 0
        var done = 0
        while true {
            let ids = try await engine.write { [last, done] connection in
                let ids = try ParkedEvents.ids(
                    states, matching: filter, after: last, limit: 1000, in: connection)
                if !ids.isEmpty { try body(ids, done, connection) }
                return ids
            }
            guard let end = ids.last else { return done }
            done += ids.count
            last = end
        }
    }
}

extension Subscriber {
    /// Makes a dead letter of this consumer due again at once, with all its attempts before it.
    /// - Returns: whether there is such a dead letter.
    public func redrive(_ id: Int64) async throws -> Bool {
        try await database.redrive(DeadLetterFilter(ids: [id], consumer: name)) == 1
    }
}
