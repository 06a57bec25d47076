import DequeModule

/// The events that were added to a queue and that no take has come to yet, by sequence.
///
/// Events of consecutive sequences that came together are one run, which shares the keys of all of them: one batch that
/// goes to a thousand queues costs each of them a few words, however many events it has.
struct AddedEvents: Sendable {
    typealias Entry = DeliveryQueue.Entry

    /// Events of consecutive sequences and equal attempts that refer to one object.
    private struct Run: Sendable {
        /// The first event.
        var first: Entry
        var count: Int
        /// The keys of the events, the first at an offset; empty if all have the first one's.
        private(set) var keys: [UInt64]
        private var offset: Int

        /// - Parameter keys: Those of a batch. A small part of it does not keep those of the whole.
        init(_ first: Entry, _ count: Int, _ keys: [UInt64] = [], from offset: Int = 0) {
            self.first = first
            self.count = count
            let isSmall = count * 4 < keys.count
            self.keys = count == 1 ? [] : isSmall ? Array(keys[offset..<offset + count]) : keys
            self.offset = isSmall ? 0 : offset
        }

        /// Behind the last sequence.
        var end: UInt64 { first.sequence + UInt64(count) }

        subscript(index: Int) -> Entry {
            var entry = Entry(
                sequence: first.sequence + UInt64(index), key: keys.isEmpty ? first.key : keys[offset + index],
                attempts: first.attempts, reference: first.reference)
            entry.wasOut = first.wasOut
            return entry
        }

        /// Lets its first event go, which is not its only one.
        mutating func dropFirst() {
            count -= 1
            first.sequence += 1
            guard !keys.isEmpty else { return }
            offset += 1
            first.key = keys[offset]
        }

        /// Some of its events as a run of their own.
        func part(_ range: Range<Int>) -> Run {
            Run(self[range.lowerBound], range.count, keys, from: offset + range.lowerBound)
        }
    }

    private var runs: Deque<Run> = []
    private(set) var count = 0

    var isEmpty: Bool { runs.isEmpty }
    /// How many runs they are, which is what their memory depends on.
    var runCount: Int { runs.count }
    var first: Entry? { runs.first?.first }
    var firstSequence: UInt64? { runs.first?.first.sequence }
    var lastSequence: UInt64? { runs.last.map { $0.end - 1 } }

    /// Adds an event with a sequence above all others.
    mutating func append(_ entry: Entry) {
        count += 1
        if let last = runs.indices.last, runs[last].keys.isEmpty, runs[last].end == entry.sequence,
            runs[last].first.isLike(entry)
        {
            runs[last].count += 1
        } else {
            runs.append(Run(entry, 1))
        }
    }

    /// Adds events of consecutive sequences above all others.
    /// - Parameters:
    ///   - first: The first of them.
    ///   - keys: The keys of all of them, from an offset on; empty if all have the first one's.
    mutating func append(_ first: Entry, count: Int, keys: [UInt64], from offset: Int) {
        if count == 1 { return append(first) }
        self.count += count
        runs.append(Run(first, count, keys, from: offset))
    }

    mutating func popFirst() -> Entry? {
        guard let entry = runs.first?.first else { return nil }
        count -= 1
        if runs[0].count == 1 { runs.removeFirst() } else { runs[0].dropFirst() }
        return entry
    }

    /// Takes out an event wherever it stands; `nil` if it is not there.
    mutating func remove(_ sequence: UInt64) -> Entry? {
        let place = place(of: sequence)
        guard place < runs.count, runs[place].first.sequence <= sequence else { return nil }
        let run = runs[place]
        let index = Int(sequence - run.first.sequence)
        let rest = [0..<index, index + 1..<run.count].filter { !$0.isEmpty }.map(run.part)
        runs.replaceSubrange(place...place, with: rest)
        count -= 1
        return run[index]
    }

    /// Takes out the last run, if it stands behind a sequence.
    /// - Returns: its first event, and how many they are.
    mutating func popLastRun(behind sequence: UInt64) -> (first: Entry, count: Int)? {
        guard let run = runs.last, run.first.sequence > sequence else { return nil }
        runs.removeLast()
        count -= run.count
        return (run.first, run.count)
    }

    /// Takes out all that a condition says.
    mutating func removeAll(where isUnwanted: (Entry) -> Bool) {
        var left = AddedEvents()
        for run in runs {
            var start = 0
            for index in 0..<run.count where isUnwanted(run[index]) {
                left.append(run, start..<index)
                start = index + 1
            }
            left.append(run, start..<run.count)
        }
        self = left
    }

    private mutating func append(_ run: Run, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        count += range.count
        runs.append(range.count == run.count ? run : run.part(range))
    }

    func forEach(_ body: (Entry) -> Void) {
        for run in runs {
            for index in 0..<run.count { body(run[index]) }
        }
    }

    /// The first run that ends behind a sequence.
    private func place(of sequence: UInt64) -> Int {
        var place = 0
        var end = runs.count
        while place < end {
            let middle = (place + end) / 2
            if runs[middle].end <= sequence { place = middle + 1 } else { end = middle }
        }
        return place
    }
}

extension DeliveryQueue.Entry {
    /// Whether all but the sequence is the same.
    fileprivate func isLike(_ other: Self) -> Bool {
        key == other.key && attempts == other.attempts && wasOut == other.wasOut && reference === other.reference
    }
}
