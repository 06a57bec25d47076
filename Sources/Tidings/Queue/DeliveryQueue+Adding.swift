import DequeModule

extension DeliveryQueue {
    /// Adds an event, with a sequence above all that were added before. What was inserted does not count.
    package mutating func add(_ entry: Entry) {
        assert(
            added.lastSequence.map { $0 < entry.sequence } ?? true, "events are added in the order of their sequences")
        if entry.sequence > reached { added.append(entry) } else { insert(entry) }
    }

    /// Adds events of consecutive sequences, above all that were added before. What was inserted does not count. It costs
    /// the same however many they are.
    /// - Parameters:
    ///   - first: The first of them, whose attempts and reference are those of all.
    ///   - keys: The keys of all of them, from an offset on; empty if none has one.
    package mutating func add(_ first: Entry, count: Int, keys: [UInt64], from offset: Int) {
        assert(
            added.lastSequence.map { $0 < first.sequence } ?? true, "events are added in the order of their sequences")
        addOrInsert(first, count: count, keys: keys, from: offset)
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

    /// The same for events that may stand among others or above all that were added before, as those that are read from the
    /// log mostly do.
    package mutating func addOrInsert(_ first: Entry, count: Int, keys: [UInt64], from offset: Int) {
        let last = added.lastSequence ?? 0
        if first.sequence > max(last, reached) { return added.append(first, count: count, keys: keys, from: offset) }
        for index in 0..<count {
            var entry = first
            entry.sequence += UInt64(index)
            if !keys.isEmpty { entry.key = keys[offset + index] }
            if entry.sequence > max(last, reached) { added.append(entry) } else { insert(entry) }
        }
    }

    /// Takes out an event that waits, wherever it does; `nil` if it is out or not there. To look for many,
    /// ``removeAll(where:)`` is faster: this one may look through all that came back and all keys.
    package mutating func removePending(_ sequence: UInt64) -> Entry? {
        if let entry = added.remove(sequence) { return entry }
        let isReturned = returned.elements.contains { !$0.isLine && $0.entry.sequence == sequence }
        let isInLine = { (line: Line) in
            let place = line.waiting.place(of: sequence)
            return place < line.waiting.count && line.waiting[place].sequence == sequence
        }
        if isReturned || lines.values.contains(where: isInLine) { return removeAll { $0.sequence == sequence }.first }
        return nil
    }

    /// Takes out the last runs of those that no take has come to, until so many are left. An event that came back among them
    /// keeps those before it, which are to go out first.
    /// - Returns: the first event of each run, and how many they are.
    package mutating func removeLast(toRuns limit: Int) -> [(first: Entry, count: Int)] {
        let kept = returned.elements.lazy.filter { !$0.isLine }.map(\.entry.sequence).max() ?? 0
        var removed: [(first: Entry, count: Int)] = []
        while added.runCount > limit, let run = added.popLastRun(behind: kept) { removed.append(run) }
        return removed
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
