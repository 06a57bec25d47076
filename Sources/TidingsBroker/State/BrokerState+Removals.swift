package import Tidings

// Events that leave a queue, many at once: dead letters, redrives, expiry, purges. Each step is one record.
extension BrokerState {
    /// Events that are about to leave a queue: out of what is live of it until the proposal is canceled.
    package struct Removal {
        let entries: [DeliveryQueue.Entry]
        let absent: [UInt64]
        let what: What

        enum What {
            case move(BrokerRecord.Move)
            case drop(BrokerRecord.Drop)
        }

        /// How many they are.
        package var count: Int { what.source.sequences.count }
        /// The record to write.
        package var record: [UInt8] {
            switch what {
            case .move(let move): move.encoded()
            case .drop(let drop): drop.encoded()
            }
        }
    }

    /// How many events one record moves or drops, at most.
    package static let removalLimit = 10_000

    /// The events of a queue that were received as often as they may be and are back: its dead letters from now on.
    package mutating func proposeDeath(
        in queue: GroupID, uptime: Duration, at now: Timestamp
    ) throws(TidingsError) -> Removal? {
        try checkOpen()
        try check(queue)
        guard let declaration = groups[queue].durable.declaration else { return nil }
        // Also of a dead-letter queue, from which nobody may take any more.
        expire(queue, uptime: uptime)
        guard let letters = deadLetterQueue(of: queue) else { return nil }
        guard groups[queue].live.mayHoldSpent else { return nil }
        let maximum = declaration.options.maximumReceives
        guard let dead = extract(from: queue, groups[queue].durable.spent) else {
            groups[queue].live.mayHoldSpent = false
            return nil
        }
        return move(
            dead.entries, dead.absent, from: queue, to: letters, because: .death, at: now,
            reason: maximum == 1 ? "received once and never settled" : "received \(maximum) times and never settled")
    }

    /// Gives back what has been in flight for too long.
    mutating func expire(_ queue: GroupID, uptime: Duration) {
        let count = groups[queue].live.window.outstandingCount
        groups[queue].live.window.expire(at: uptime)
        if groups[queue].live.window.outstandingCount < count { groups[queue].live.mayHoldSpent = true }
    }

    /// Dead letters that go back to their queue, and begin there anew; those whose event is there already, or that are
    /// in flight, stay.
    /// - Parameter chosen: Their sequences; nil for the oldest ones.
    /// - Throws: `TidingsError` with code `invalid` if the queue is no dead-letter queue, or its queue is gone.
    package mutating func proposeRedrive(
        from letters: GroupID, _ chosen: SequenceSet?, at now: Timestamp
    ) throws(TidingsError) -> Removal? {
        try checkOpen()
        try check(letters)
        let source = try source(of: letters)
        let (there, notes) = (groups[source].durable.unsettled, groups[letters].durable.letters)
        let removed = extract(from: letters, chosen) { sequence in
            // What dies again while a redrive goes on is another one's.
            !there.contains(sequence) && notes[sequence].map { $0.deadSince <= now } ?? true
        }
        guard let removed else { return nil }
        return move(removed.entries, removed.absent, from: letters, to: source, because: .redrive, at: now, reason: "")
    }

    package func checkIsDeadLetterQueue(_ queue: GroupID) throws(TidingsError) {
        guard groups[queue].durable.declaration?.source != nil else {
            throw TidingsError(.invalid, "\(groups[queue].durable.name) is not a dead-letter queue")
        }
    }

    /// The queue whose dead letters a queue gets; nil if it is no dead-letter queue, or that queue is gone.
    func source(ofDeadLetters letters: GroupID) -> GroupID? {
        groups[letters].durable.declaration?.source.flatMap { groups.contains($0) ? $0 : nil }
    }

    /// The dead letters behind a sequence, and where their events are in the log.
    func deadLetters(
        in queue: GroupID, after sequence: UInt64, atMost maximum: Int
    ) throws(TidingsError) -> (source: String, notes: [UInt64: DeadLetterNote], reading: Reading) {
        try checkIsDeadLetterQueue(queue)
        let state = groups[queue].durable
        var next = sequence < .max ? state.unsettled.next(from: sequence + 1) : nil
        var sequences: [UInt64] = []
        var notes: [UInt64: DeadLetterNote] = [:]
        while let sequence = next, sequences.count < maximum {
            if let note = state.letters[sequence] {
                notes[sequence] = note
                sequences.append(sequence)
            }
            next = state.unsettled.next(from: sequence + 1)
        }
        let source = source(ofDeadLetters: queue).map { groups[$0].durable.name } ?? ""
        return (source, notes, try reading(of: sequences, for: state.name))
    }

    private func source(of letters: GroupID) throws(TidingsError) -> GroupID {
        try checkIsDeadLetterQueue(letters)
        let name = groups[letters].durable.name
        guard let source = source(ofDeadLetters: letters) else {
            throw TidingsError(
                .invalid,
                "the queue whose dead letters \(name) holds was removed; declare it again, with this dead-letter queue")
        }
        return source
    }

    /// Events that leave a queue for good: the oldest of those that wait.
    /// - Parameters:
    ///   - chosen: Which may leave; nil for all.
    ///   - end: The first sequence that may not.
    ///   - isWanted: Which of those.
    package mutating func proposeDrop(
        from queue: GroupID, as fate: QueueCounts.Fate, _ chosen: SequenceSet? = nil, before end: UInt64 = .max,
        where isWanted: (UInt64) -> Bool = { _ in true }
    ) throws(TidingsError) -> Removal? {
        try checkOpen()
        try check(queue)
        guard let removed = extract(from: queue, chosen, before: end, withWaiting: fate == .purged, where: isWanted)
        else { return nil }
        let sequences = SequenceRuns(sorting: removed.entries.map(\.sequence) + removed.absent)
        return Removal(
            entries: removed.entries, absent: removed.absent,
            what: .drop(
                BrokerRecord.Drop(fate: fate, dropped: BrokerRecord.Sequences(group: queue, sequences: sequences))))
    }

    /// The events of a queue that have waited for longer than it keeps them, since they came. Looked for once a minute.
    package mutating func proposeExpiry(of queue: GroupID, at now: Timestamp) throws(TidingsError) -> Removal? {
        try check(queue)
        guard let retention = groups[queue].durable.retention else { return nil }
        endWaiting(in: queue, at: now)
        if let last = groups[queue].live.lastExpiryCheck, now >= last, now - last < .seconds(60) { return nil }
        let time = now + (.zero - retention)
        let end = durable.marks.end(before: time, at: now, next: lastShown + 1)
        let state = groups[queue].durable
        let removal = try state.unsettled.first.flatMap { first throws(TidingsError) -> Removal? in
            guard first < end else { return nil }
            return try proposeDrop(from: queue, as: .expired, before: end) { state.came($0, before: time, at: now) }
        }
        groups[queue].live.lastExpiryCheck = removal == nil ? now : nil
        return removal
    }

    /// All receipts of a queue are out of force, and its events wait in the log: nobody settles what is about to be purged.
    package mutating func recall(_ queue: GroupID) throws(TidingsError) {
        try check(queue)
        dropWindow(of: queue)
        groups[queue].live.mayHoldSpent = true
        groups[queue].live.unreadable = [:]
        if groups[queue].live.members > 0 { beginUse(of: queue) }
    }

    /// Takes events that are not in flight out of what is live of a queue, the lowest first, as many as one record may hold.
    /// - Parameter withWaiting: Whether also those whose time has not come.
    private mutating func extract(
        from queue: GroupID, _ chosen: SequenceSet?, before end: UInt64 = .max, withWaiting: Bool = false,
        where isWanted: (UInt64) -> Bool = { _ in true }
    ) -> (entries: [DeliveryQueue.Entry], absent: [UInt64])? {
        let end = min(end, lastShown + 1)
        var absent: [UInt64] = []
        func find(in known: SequenceSet) {
            let walked = chosen.map { $0.count < known.count ? $0 : known } ?? known
            var next = walked.first
            while let sequence = next, sequence < end, absent.count < Self.removalLimit {
                if known.contains(sequence), chosen?.contains(sequence) ?? true, isWanted(sequence) {
                    absent.append(sequence)
                }
                next = walked.next(from: sequence + 1)
            }
        }
        find(in: groups[queue].live.absent ?? groups[queue].durable.unsettled)
        // While nobody consumes, those that wait are among the others.
        if withWaiting, groups[queue].live.absent != nil { find(in: groups[queue].live.timer.events) }
        var left = Self.removalLimit - absent.count
        let entries = groups[queue].live.window.removeAll { entry in
            let sequence = entry.sequence
            guard left > 0, sequence < end, chosen?.contains(sequence) ?? true, isWanted(sequence) else { return false }
            left -= 1
            return true
        }
        for sequence in absent { groups[queue].live.absent?.remove(sequence) }
        return absent.isEmpty && entries.isEmpty ? nil : (entries, absent)
    }

    func move(
        _ entries: [DeliveryQueue.Entry], _ absent: [UInt64], from source: GroupID, to target: GroupID,
        because cause: BrokerRecord.Move.Cause, at now: Timestamp, reason: String
    ) -> Removal {
        let sequences = SequenceRuns(sorting: entries.map(\.sequence) + absent)
        return Removal(
            entries: entries, absent: absent,
            what: .move(
                BrokerRecord.Move(
                    cause: cause, time: now, reason: reason, target: target,
                    source: BrokerRecord.Sequences(group: source, sequences: sequences))))
    }

    /// - Returns: The queue that got events, if they were moved: a member of it is to be woken.
    package mutating func commit(_ removal: Removal) -> GroupID? {
        for entry in removal.entries { uncache(entry) }
        let source = removal.what.source.group
        for sequence in removal.absent {
            groups[source].live.unreadable[sequence] = nil
            groups[source].live.timer.remove(sequence)
        }
        switch removal.what {
        case .drop(let drop):
            durable.drop(drop)
            return nil
        case .move(let move):
            for run in durable.move(move).runs { groups[move.target].live.absent?.insert(run) }
            return move.target
        }
    }

    /// The log has refused the record: the events wait where they did.
    package mutating func cancel(_ removal: Removal) {
        let queue = removal.what.source.group
        for entry in removal.entries { groups[queue].live.window.insert(entry) }
        for sequence in removal.absent where !groups[queue].live.timer.events.contains(sequence) {
            groups[queue].live.absent?.insert(sequence)
        }
        groups[queue].live.mayHoldSpent = true
    }
}

extension BrokerState.Removal.What {
    var source: BrokerRecord.Sequences {
        switch self {
        case .move(let move): move.source
        case .drop(let drop): drop.dropped
        }
    }
}
