import DequeModule

extension DeliveryQueue {
    /// Adds an event, with a sequence above all that were added before. What was inserted does not count.
    package mutating func add(_ entry: Entry) {
        assert(
            added.last.map { $0.sequence < entry.sequence } ?? true, "events are added in the order of their sequences")
        if entry.sequence > reached { added.append(entry) } else { insert(entry) }
    }

    /// Adds events of consecutive sequences, above all that were added before. What was inserted does not count.
    package mutating func add(
        _ keys: ArraySlice<UInt64>, from first: UInt64, _ reference: any AnyObject & Sendable
    ) {
        assert(added.last.map { $0.sequence < first } ?? true, "events are added in the order of their sequences")
        var sequence = first
        for key in keys {
            let entry = Entry(sequence: sequence, key: key, reference: reference)
            if sequence > reached { added.append(entry) } else { insert(entry) }
            sequence += 1
        }
    }

    /// Adds an event wherever its sequence stands among the others: what was redriven, replayed, or delayed and is due.
    ///
    /// It goes to its place among those that wait. Those of its key that are out finish first, later ones too; then it
    /// comes before the later ones that wait. It must not be in the queue already. It costs about the logarithm of what
    /// waits, and a place in the line of its key.
    package mutating func insert(_ entry: Entry) {
        if let line = lines.index(forKey: entry.key), entry.sequence < lines.values[line].end {
            if enqueue(entry, in: line) { noteFirst(of: line) }
        } else {
            returned.insert(Candidate(entry: entry, isLine: false))
            returnedCount += 1
        }
    }

    /// Adds an event that may stand above all that were added before, as those that are read from the log mostly do:
    /// then it costs no more than ``add(_:)``.
    package mutating func addOrInsert(_ entry: Entry) {
        if entry.sequence > added.last?.sequence ?? 0 { add(entry) } else { insert(entry) }
    }

    /// Takes out an event that waits, wherever it does; `nil` if it is out or not there. To look for many,
    /// ``removeAll(where:)`` is faster: this one may look through all that came back and all keys.
    package mutating func removePending(_ sequence: UInt64) -> Entry? {
        let place = added.place(of: sequence)
        if place < added.count, added[place].sequence == sequence { return added.remove(at: place) }
        let isReturned = returned.elements.contains { !$0.isLine && $0.entry.sequence == sequence }
        let isInLine = { (line: Line) in
            let place = line.waiting.place(of: sequence)
            return place < line.waiting.count && line.waiting[place].sequence == sequence
        }
        if isReturned || lines.values.contains(where: isInLine) { return removeAll { $0.sequence == sequence }.first }
        return nil
    }

    /// Takes out the events that wait and that a condition says, wherever they do. What is out stays out.
    /// - Returns: them, in no particular order.
    package mutating func removeAll(where isUnwanted: (Entry) -> Bool) -> [Entry] {
        var removed: [Entry] = []
        func isRemoved(_ entry: Entry) -> Bool {
            guard isUnwanted(entry) else { return false }
            removed.append(entry)
            return true
        }
        added.removeAll(where: isRemoved)
        let count = removed.count
        returned.removeAll { !$0.isLine && isRemoved($0.entry) }
        for key in Array(lines.keys) {
            guard let line = lines.index(forKey: key) else { continue }
            let first = lines.values[line].waiting.first?.sequence
            lines.values[line].waiting.removeAll(where: isRemoved)
            if lines.values[line].waiting.isEmpty, lines.values[line].outstanding == 0 {
                lines.remove(at: line)
            } else if lines.values[line].waiting.first?.sequence != first {
                noteFirst(of: line)
            }
        }
        returnedCount -= removed.count - count
        tidy()
        return removed
    }
}
