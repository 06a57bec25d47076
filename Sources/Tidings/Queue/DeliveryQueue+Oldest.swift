extension DeliveryQueue {
    /// Where an event is that no event of its take, or none that waits in its line, comes before.
    struct Low: Comparable {
        /// Its sequence, or a lower one of its take.
        let sequence: UInt64
        /// The number of the take that has it, or the key in whose line it waits for one that is out.
        let place: UInt64
        let isLine: Bool

        static func < (left: Low, right: Low) -> Bool { left.sequence < right.sequence }
    }

    /// The entry with the lowest sequence, found without a walk.
    package var oldest: Entry? {
        [added.first, lowestReturned, lowestHeld].compactMap(\.self).min { $0.sequence < $1.sequence }
    }

    private var lowestReturned: Entry? {
        guard let first = returned.first else { return nil }
        return first.isLine ? lines[first.entry.key]?.waiting.first : first.entry
    }

    private var lowestHeld: Entry? {
        guard let first = lowest.first else { return nil }
        return first.isLine ? lines[first.place]?.waiting.first : takes[first.place]?.first
    }

    /// Notes where a low sequence is.
    mutating func remember(_ low: Low) {
        if lowest.isFull {
            steps += lowest.count
            let (takes, lines) = (takes, lines)
            lowest.removeAll { low in
                low.isLine ? lines[low.place]?.holds(low) != true : takes[low.place] == nil
            }
        }
        lowest.add(low)
    }

    /// Drops notes until the first is right.
    mutating func tidyLowest() {
        while let low = lowest.first {
            if low.isLine {
                if lines[low.place]?.holds(low) == true { return }
                lowest.dropFirst()
            } else if let take = takes.place(of: low.place) {
                let first = takes[take].findFirst()
                if first == low.sequence { return }
                lowest.replaceFirst(with: Low(sequence: first, place: low.place, isLine: false))
            } else {
                lowest.dropFirst()
            }
            steps += 1
        }
    }
}

extension DeliveryQueue.Line {
    /// Whether the first that waits, for one that is out, is the one of a note.
    func holds(_ low: DeliveryQueue.Low) -> Bool { outstanding > 0 && waiting.first?.sequence == low.sequence }
}
