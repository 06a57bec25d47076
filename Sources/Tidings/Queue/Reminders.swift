import DequeModule

/// Notes that may have become wrong since: the least that is right is found by dropping those before it.
///
/// The wrong ones are also dropped whenever as many were added as there were, so that they never outnumber by much those
/// that are right. Notes that come in rising order, as nearly all do, cost the same however many there are.
struct Reminders<Note: Comparable & Sendable>: Sendable {
    private var rising: Deque<Note> = []
    private var others = BinaryHeap<Note>()
    private var limit = 64

    var count: Int { rising.count + others.count }
    /// Whether ``removeAll(where:)`` should look for those that are wrong.
    var isFull: Bool { count >= limit }

    var first: Note? { isFirstRising ? rising.first : others.first }

    private var isFirstRising: Bool {
        guard let first = rising.first else { return false }
        guard let other = others.first else { return true }
        return !(other < first)
    }

    mutating func add(_ note: Note) {
        if let last = rising.last, note < last { others.insert(note) } else { rising.append(note) }
    }

    mutating func dropFirst() {
        if isFirstRising { rising.removeFirst() } else { others.removeFirst() }
    }

    mutating func replaceFirst(with note: Note) {
        if isFirstRising {
            rising.removeFirst()
            others.insert(note)
        } else {
            others.replaceFirst(with: note)
        }
    }

    mutating func removeAll(where isWrong: (Note) -> Bool) {
        rising.removeAll(where: isWrong)
        others.removeAll(where: isWrong)
        limit = max(64, count * 2)
    }

    mutating func removeAll() {
        rising.removeAll(keepingCapacity: rising.count < 1024)
        others.removeAll()
        limit = 64
    }
}
