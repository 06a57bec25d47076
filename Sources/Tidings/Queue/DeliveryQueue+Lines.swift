import DequeModule

extension DeliveryQueue {
    /// The events of one key that takes have come to.
    struct Line {
        /// How many of them are out.
        var outstanding = 0
        /// The take that has them; the others wait for it.
        var take: UInt64
        /// The highest of their sequences. What no take has come to is above it.
        var end: UInt64
        /// Those that wait, by sequence. If none is out, they stand in `returned` by the first of them, so that a long
        /// line of one key is not moved each time its first ones are taken.
        var waiting: Deque<Entry> = []
    }

    /// What may be taken next: an event, or the line of a key by its first event.
    struct Candidate: Comparable {
        /// Of a line its first event's sequence and key. The line may have changed since, and has another candidate then.
        let entry: Entry
        let isLine: Bool

        static func < (left: Candidate, right: Candidate) -> Bool { left.entry.sequence < right.entry.sequence }
        static func == (left: Candidate, right: Candidate) -> Bool { left.entry.sequence == right.entry.sequence }
    }

    /// Takes out the lowest event that may be taken, unless it turns out to wait for its key.
    mutating func popNext() -> Entry? {
        while let candidate = returned.first {
            if let first = added.firstSequence, first < candidate.entry.sequence { break }
            returned.removeFirst()
            guard candidate.isLine else {
                returnedCount -= 1
                return candidate.entry
            }
            if let first = popLine(candidate) { return first }
        }
        return added.popFirst()
    }

    /// The first event of a line, unless it has another first one since, or events that are out.
    private mutating func popLine(_ candidate: Candidate) -> Entry? {
        guard let place = lines.index(forKey: candidate.entry.key),
            lines.values[place].leads(candidate)
        else { return nil }
        returnedCount -= 1
        return lines.values[place].waiting.popFirst()
    }

    /// Makes the take the owner of the entry's key, or lets the entry wait for the one that is.
    mutating func claim(_ entry: Entry, for take: UInt64) -> Bool {
        reached = max(reached, entry.sequence)
        guard entry.key != 0 else { return true }
        guard let place = lines.index(forKey: entry.key) else {
            lines[entry.key] = Line(outstanding: 1, take: take, end: entry.sequence)
            return true
        }
        lines.values[place].end = max(lines.values[place].end, entry.sequence)
        guard lines.values[place].outstanding == 0 || lines.values[place].take == take else {
            assert(lines.values[place].waiting.last.map { $0.sequence < entry.sequence } ?? true, "the end of a line")
            lines.values[place].waiting.append(entry)
            returnedCount += 1
            return false
        }
        lines.values[place].outstanding += 1
        lines.values[place].take = take
        return true
    }

    /// Takes what waited for an event of its key along with that event.
    mutating func claimFollowers(of entry: Entry, upTo maximum: Int, into entries: inout [Entry]) {
        guard entry.key != 0, let place = lines.index(forKey: entry.key) else { return }
        while entries.count < maximum, let next = lines.values[place].waiting.popFirst() {
            assert(next.sequence > entries[entries.count - 1].sequence, "events of a key go out in their order")
            lines.values[place].outstanding += 1
            returnedCount -= 1
            entries.append(next)
        }
    }

    /// One event of a key is not out any more; with the last one, those that wait may go.
    mutating func freeKey(of entry: Entry) {
        guard entry.key != 0, let place = lines.index(forKey: entry.key) else { return }
        assert(lines.values[place].outstanding > 0, "a key is freed only by events that are out")
        lines.values[place].outstanding -= 1
        guard lines.values[place].outstanding == 0 else { return }
        if lines.values[place].waiting.isEmpty { lines.remove(at: place) } else { noteFirst(of: place) }
    }

    /// Puts an event into the line of its key.
    /// - Returns: whether it is the first of it.
    mutating func enqueue(_ entry: Entry, in line: Dictionary<UInt64, Line>.Index) -> Bool {
        let place = lines.values[line].waiting.place(of: entry.sequence)
        lines.values[line].waiting.insert(entry, at: place)
        returnedCount += 1
        return place == 0
    }

    /// The first event of a line is another one, or may be taken now that none of the line is out.
    mutating func noteFirst(of line: Dictionary<UInt64, Line>.Index) {
        guard let first = lines.values[line].waiting.first else { return }
        if lines.values[line].outstanding == 0 {
            returned.insert(Candidate(entry: Entry(sequence: first.sequence, key: first.key), isLine: true))
        } else {
            remember(Low(sequence: first.sequence, place: first.key, isLine: true))
        }
    }

    /// Whether a line is what a candidate says.
    func isCurrent(_ candidate: Candidate) -> Bool {
        !candidate.isLine || lines[candidate.entry.key]?.leads(candidate) == true
    }

    /// Gives back events that were out.
    mutating func giveBack(_ entries: [Entry]) {
        // The last first: nearly always each of them becomes the first of its line.
        for entry in entries.sorted(by: { $0.sequence > $1.sequence }) {
            if entry.key == 0 {
                returned.insert(Candidate(entry: entry, isLine: false))
                returnedCount += 1
            } else if let line = lines.index(forKey: entry.key) {
                let isFirst = enqueue(entry, in: line)
                lines.values[line].outstanding -= 1
                if isFirst || lines.values[line].outstanding == 0 { noteFirst(of: line) }
            } else {
                assertionFailure("the key of an event that is out has a line")
            }
        }
    }
}

extension DeliveryQueue.Line {
    /// Whether nothing is out, and a candidate names the first that waits.
    func leads(_ candidate: DeliveryQueue.Candidate) -> Bool {
        outstanding == 0 && waiting.first?.sequence == candidate.entry.sequence
    }
}

extension Deque<DeliveryQueue.Entry> {
    /// Where an event stands or would stand among others by sequence.
    func place(of sequence: UInt64) -> Int {
        var place = 0
        var end = count
        while place < end {
            let middle = (place + end) / 2
            if self[middle].sequence < sequence { place = middle + 1 } else { end = middle }
        }
        return place
    }
}
