package import Tidings

extension BrokerState {
    /// What is to be read from the log for a group: stretches of it, and which events in each.
    package struct Reading: Sendable {
        struct Stretch: Sendable {
            let start: RecordPosition
            var end: RecordPosition?
            var lastMark: Int
            var sequences: [UInt64]
        }

        var stretches: [Stretch] = []
        /// How many events that are.
        package var count = 0
    }

    /// Says what is to be read next for a group that is loading; nil if nothing is, and loading ends.
    /// - Throws: `TidingsError` with code `corrupt` if the log does not hold what the group needs.
    package mutating func planReading(_ group: GroupID) throws(TidingsError) -> Reading? {
        guard failure == nil, groups.contains(group) else { return nil }
        let queue = groups[group].durable
        let absent = groups[group].live.absent ?? SequenceSet()
        // What comes behind history that is still to be matched waits for it.
        let end = queue.backfill?.next ?? .max
        var next = absent.first
        var sequences: [UInt64] = []
        while let sequence = next, sequence < end, sequences.count < loadCount {
            sequences.append(sequence)
            next = absent.next(from: sequence + 1)
        }
        if !sequences.isEmpty { return try reading(of: sequences, for: queue.name) }
        groups[group].live.isLoading = false
        return nil
    }

    /// Says where events are in the log.
    /// - Parameter sequences: Durable events, in order.
    /// - Throws: `TidingsError` with code `corrupt` if the log does not hold one.
    func reading(of sequences: [UInt64], for name: String) throws(TidingsError) -> Reading {
        var reading = Reading()
        var mark: Int?
        for sequence in sequences {
            mark = durable.marks.index(before: sequence, from: mark)
            guard let mark else {
                throw TidingsError(
                    .corrupt,
                    "\(name) still needs event \(sequence), and the log begins with event "
                        + "\(durable.marks.first?.sequence ?? durable.nextSequence)")
            }
            add(sequence, behind: mark, to: &reading)
        }
        return reading
    }

    /// Adds an event to the last stretch if that reaches to its mark, so that a dense backlog is read in one go.
    private func add(_ sequence: UInt64, behind index: Int, to reading: inout Reading) {
        let start = durable.marks[index].position
        let last = reading.stretches.count - 1
        reading.count += 1
        if last >= 0, reading.stretches[last].end == start || reading.stretches[last].lastMark == index {
            reading.stretches[last].sequences.append(sequence)
            reading.stretches[last].end = durable.marks.end(of: index)
            reading.stretches[last].lastMark = index
        } else {
            reading.stretches.append(
                Reading.Stretch(
                    start: start, end: durable.marks.end(of: index), lastMark: index, sequences: [sequence]))
        }
    }

    /// Puts the events that were read into the group's window, and sets aside those that cannot be.
    mutating func finishReading(
        _ loaded: [PublishedBatch], unreadable: [UnreadableEvent] = [], of group: GroupID
    ) -> GroupActions {
        guard groups.contains(group) else { return [] }
        groups[group].live.isLoading = false
        for event in unreadable where groups[group].live.absent?.remove(event.sequence) == true {
            groups[group].live.unreadable[event.sequence] = event
        }
        for batch in loaded {
            addLoaded(batch, to: group)
            batch.dropKeys()
            cache.hold(batch)
        }
        return .wakeMember
    }

    /// Puts a batch into a window: of consecutive events those with equal attempts at once.
    private mutating func addLoaded(_ batch: PublishedBatch, to group: GroupID) {
        let keys = groups[group].ordersByKey ? batch.keys : []
        var run = 0..<0
        var attempts: UInt32 = 0
        func add(to window: inout DeliveryQueue) {
            guard !run.isEmpty else { return }
            batch.readers += run.count
            window.addOrInsert(
                batch.entry(run.lowerBound, keys: keys, attempts: attempts), count: run.count, keys: keys,
                from: run.lowerBound)
        }
        for index in 0..<batch.count {
            let sequence = batch.firstSequence + UInt64(index)
            // Unless it was settled meanwhile, or nobody consumes any more.
            guard groups[group].live.absent?.remove(sequence) == true else { continue }
            let these = groups[group].durable.attempts(of: sequence)
            if run.upperBound == index, these == attempts {
                run = run.lowerBound..<index + 1
            } else {
                add(to: &groups[group].live.window)
                (run, attempts) = (index..<index + 1, these)
            }
        }
        add(to: &groups[group].live.window)
    }

    /// Puts what was to be read into the group's window without reading it, for tests of the state alone.
    package mutating func load(_ reading: Reading, of group: GroupID) {
        let batches = reading.stretches.flatMap(\.sequences).map {
            PublishedBatch([], keys: [0], heldByteCount: 0, firstSequence: $0)
        }
        _ = finishReading(batches, of: group)
    }
}
