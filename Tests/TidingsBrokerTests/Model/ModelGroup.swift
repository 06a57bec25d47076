import Tidings

/// A consumer group as one would write it without a thought of speed, memory or the disk.
struct ModelGroup {
    struct Entry {
        let key: Int
        /// How often it was taken; more than one answer is right only after a crash that may have lost a release.
        var attempts: ClosedRange<Int>
        /// The receipt with which it is out, who has it, and until when.
        var out: (receipt: Receipt, member: Int, deadline: Timestamp)?
    }

    let wish: ModelEvent.Wish
    /// By sequence: what is not acknowledged.
    private(set) var entries: [UInt64: Entry] = [:]
    /// The sequences of each key in order; those without a key under 0.
    private var order: [Int: [UInt64]] = [:]
    /// What is out.
    private(set) var outstanding: Set<UInt64> = []
    private var outByKey: [Int: Int] = [:]
    private(set) var published = 0
    private(set) var acknowledged = 0

    init(_ wish: ModelEvent.Wish) {
        self.wish = wish
    }

    var pendingCount: Int { entries.count - outstanding.count }

    mutating func add(_ sequence: UInt64, _ event: ModelEvent) {
        published += 1
        entries[sequence] = Entry(key: event.key, attempts: 0...0)
        order[event.key, default: []].append(sequence)
    }

    /// What was out for too long comes back.
    mutating func expire(at now: Timestamp) {
        for sequence in outstanding {
            if let out = entries[sequence]?.out, out.deadline <= now { giveBack(sequence) }
        }
    }

    /// Whether a take at this moment must find something: the bus looks as far as its window reaches, no further.
    func hasReady(at now: Timestamp, within window: Int) -> Bool {
        func isFree(_ sequence: UInt64) -> Bool {
            guard let out = entries[sequence]?.out else { return true }
            return out.deadline <= now
        }
        var first = UInt64.max
        for (key, sequences) in order {
            guard let free = sequences.first(where: isFree), free < first else { continue }
            if key == 0 || outByKey[key, default: 0] == 0 || !sequences.contains(where: { !isFree($0) }) {
                first = free
            }
        }
        guard first < .max else { return false }
        var before = 0
        for (sequence, entry) in entries where sequence < first && entry.out == nil { before += 1 }
        return before < window
    }

    /// Checks what a take answered against what it may answer, and lets it be so; says what is wrong.
    mutating func take(_ deliveries: [Delivery], by member: Int, until deadline: Timestamp) -> String? {
        var last: [Int: Int] = [:]
        for delivery in deliveries {
            let sequence = delivery.receipt.sequence
            guard let entry = entries[sequence] else { return "event \(sequence) is not in the group" }
            guard entry.out == nil else { return "event \(sequence) is out already" }
            guard entry.attempts.contains(delivery.attempt - 1) else {
                return "event \(sequence) has attempt \(delivery.attempt) after \(entry.attempts)"
            }
            if entry.key != 0 {
                if last[entry.key] == nil, outByKey[entry.key, default: 0] > 0 {
                    return "event \(sequence) came while another of its key was out"
                }
                let place = last[entry.key, default: -1] + 1
                guard let line = order[entry.key], place < line.count, line[place] == sequence else {
                    return "event \(sequence) overtook one of its key"
                }
                last[entry.key] = place
            }
            entries[sequence]?.attempts = delivery.attempt...delivery.attempt
            entries[sequence]?.out = (delivery.receipt, member, deadline)
            outstanding.insert(sequence)
        }
        for (key, place) in last { outByKey[key, default: 0] += place + 1 }
        return nil
    }

    private func isInForce(_ receipt: Receipt) -> Bool { entries[receipt.sequence]?.out?.receipt == receipt }

    /// `false` where the receipt is not in force.
    mutating func acknowledge(_ receipt: Receipt) -> Bool {
        guard isInForce(receipt) else { return false }
        remove(receipt.sequence)
        return true
    }

    mutating func release(_ receipt: Receipt) -> Bool {
        guard isInForce(receipt), let entry = entries[receipt.sequence] else { return false }
        entries[receipt.sequence]?.attempts = entry.attempts.lowerBound - 1...entry.attempts.upperBound - 1
        giveBack(receipt.sequence)
        return true
    }

    mutating func extend(_ receipt: Receipt, until deadline: Timestamp) -> Bool {
        guard isInForce(receipt) else { return false }
        entries[receipt.sequence]?.out?.deadline = deadline
        return true
    }

    /// A member leaves: everything that it has comes back without its attempt.
    /// - Returns: what that is.
    mutating func leave(_ member: Int) -> [UInt64] {
        let held = outstanding.filter { entries[$0]?.out?.member == member }
        for sequence in held { _ = entries[sequence]?.out.map { release($0.receipt) } }
        return Array(held)
    }

    /// The bus was closed, or killed: everything comes back with its attempts.
    mutating func restart() {
        for sequence in outstanding { giveBack(sequence) }
    }

    /// A crash may have lost a release.
    mutating func doubt(releaseOf sequence: UInt64) {
        guard let entry = entries[sequence] else { return }
        entries[sequence]?.attempts = entry.attempts.lowerBound...entry.attempts.upperBound + 1
    }

    /// A crash lost an acknowledgement.
    mutating func bringBack(_ sequence: UInt64, _ entry: Entry) {
        acknowledged -= 1
        entries[sequence] = entry
        let line = order[entry.key, default: []]
        order[entry.key, default: []].insert(sequence, at: line.firstIndex { $0 > sequence } ?? line.count)
    }

    /// A group with a past learns which of the earlier events it got, and had acknowledged at once.
    mutating func learn(pastCount: Int) {
        published += pastCount
        acknowledged += pastCount
    }

    private mutating func giveBack(_ sequence: UInt64) {
        guard let entry = entries[sequence], entry.out != nil else { return }
        entries[sequence]?.out = nil
        outstanding.remove(sequence)
        if entry.key != 0 { outByKey[entry.key, default: 0] -= 1 }
    }

    private mutating func remove(_ sequence: UInt64) {
        giveBack(sequence)
        guard let entry = entries.removeValue(forKey: sequence) else { return }
        acknowledged += 1
        if let place = order[entry.key]?.firstIndex(of: sequence) { order[entry.key]?.remove(at: place) }
    }
}
