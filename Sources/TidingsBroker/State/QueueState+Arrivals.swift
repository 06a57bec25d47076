import Tidings

// How events come into a queue, and when they came.
extension QueueState {
    /// What a replay brought.
    struct Replayed: Sendable {
        var events = SequenceSet()
        /// When the last of them came.
        var time = Timestamp(microseconds: 0)
    }

    /// Events are published to it, some of which wait.
    /// - Parameter waiting: Those that wait for themselves, in order, besides the delay that the queue has for all.
    mutating func publish(
        _ run: Range<UInt64>, at time: Timestamp, waiting: [(sequence: UInt64, until: Timestamp)]
    ) {
        add(run)
        guard !isArchive else { return }
        let delay = declaration?.options.delay ?? .zero
        let due = delay > .zero ? time + delay : nil
        var next = run.lowerBound
        for event in waiting {
            if let due, next < event.sequence { delays.add(next..<event.sequence, published: time, until: due) }
            delays.add(
                event.sequence..<event.sequence + 1, published: time, until: max(due ?? event.until, event.until))
            next = event.sequence + 1
        }
        if let due, next < run.upperBound { delays.add(next..<run.upperBound, published: time, until: due) }
    }

    /// A replay brings events. What is there already is not brought again.
    /// - Returns: What was not.
    mutating func add(_ events: SequenceRuns, replayedBy name: String, at time: Timestamp) -> SequenceRuns {
        var fresh = SequenceRuns()
        for run in events.runs { for sequence in run where !unsettled.contains(sequence) { fresh.append(sequence) } }
        for run in fresh.runs {
            add(run, as: .replayed)
            replayed[name, default: Replayed()].events.insert(run)
            replayed[name]?.time = time
        }
        return fresh
    }

    /// The replay that brought an event; nil if none did.
    func replay(of sequence: UInt64) -> String? {
        replayed.isEmpty ? nil : replayed.first { $0.value.events.contains(sequence) }?.key
    }

    /// A redrive brings events back.
    mutating func add(_ events: SequenceRuns, redrivenAt time: Timestamp) {
        for run in events.runs {
            add(run, as: .redriven)
            for sequence in run { redriven[sequence] = time }
        }
    }

    /// When a replay, a redrive or its death brought an event; nil for one that was published to the queue.
    func broughtTime(of sequence: UInt64) -> Timestamp? {
        if let brought = letters[sequence]?.deadSince ?? redriven[sequence] { return brought }
        return replayed.isEmpty ? nil : replayed.values.first { $0.events.contains(sequence) }?.time
    }

    /// Whether an event that was published before a moment, as it is known, came to the queue before it as well.
    func came(_ sequence: UInt64, before time: Timestamp, at now: Timestamp) -> Bool {
        if let letter = letters[sequence] { return letter.deadSince < time }
        if let hasCome = delays.couldBeReceived(sequence, before: time, at: now) { return hasCome }
        if let redriven = redriven[sequence] { return redriven < time }
        if replayed.isEmpty { return true }
        return (replayed.values.first { $0.events.contains(sequence) }?.time).map { $0 < time } ?? true
    }

    /// Dead letters of another queue come in. An event that is dead for the second time takes the place of the first.
    mutating func add(_ letters: [UInt64: DeadLetterNote], _ sequences: SequenceRuns) {
        for run in sequences.runs {
            let replaced = unsettled.count(in: run)
            counts[.movedIn] += UInt64(replaced)
            counts[.discarded] += UInt64(replaced)
            add(run, as: .movedIn)
        }
        self.letters.merge(letters) { $1 }
    }
}
