import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(2))) struct DeliveryQueueModelTests {
    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func `a queue does what the plain model does`(seed: UInt64) {
        var run = ModelRun(seed: seed)
        for step in 0..<600 {
            if let fault = run.step() {
                Issue.record("seed \(seed), step \(step): \(fault)")
                return
            }
        }
        if let fault = run.drain() { Issue.record("seed \(seed), at the end: \(fault)") }
    }
}

/// A queue and its model under the same random calls.
private struct ModelRun {
    private var generator: SplitMix64
    private var queue = DeliveryQueue()
    private var model = DeliveryQueueModel()
    private var now = Duration.seconds(1000)
    private var lastSequence: UInt64 = 0
    private var receipts: [Receipt] = []
    /// What is to be added next.
    private var deferred: [DeliveryQueueModel.Item] = []
    /// Sequences that were left out or have gone, with what was known of them: they may come back.
    private var absent: [DeliveryQueueModel.Item] = []
    private let keyCount: UInt64
    private let batch: Int

    init(seed: UInt64) {
        generator = SplitMix64(seed: seed)
        // Large enough in some runs for takes that give up the room of what was settled.
        batch = seed % 4 == 0 ? 60 : 6
        keyCount = UInt64.random(in: 0...6, using: &generator)
    }

    mutating func step() -> String? {
        var fault: String?
        switch Int.random(in: 0..<14, using: &generator) {
        case 0...2: fault = add()
        case 3...5: fault = take()
        case 6...8: fault = settle()
        case 9...10: insert()
        case 11: fault = remove()
        case 12: fault = undo()
        default:
            now += .seconds(Int.random(in: 0...20, using: &generator))
            fault = Bool.random(using: &generator) ? leave() : nil
        }
        return fault ?? compare()
    }

    /// Takes and acknowledges until nothing is left; then each event was acknowledged once.
    mutating func drain() -> String? {
        now += .seconds(1000)
        for item in deferred { add(item) }
        while !absent.isEmpty { insert() }
        while true {
            let before = receipts.count
            if let fault = take() { return fault }
            if receipts.count == before { break }
            for receipt in receipts[before...] where !settleBoth(.acknowledge(receipt)) {
                return "a receipt was refused"
            }
        }
        if model.settled != Set(1..<lastSequence + 1) { return "\(lastSequence) came and \(model.settled.count) went" }
        if queue.nextDeadline != nil || queue.hasReady { return "something is left" }
        return compare()
    }

    private mutating func add() -> String? {
        for item in deferred { add(item) }
        deferred = []
        if Int.random(in: 0..<4, using: &generator) == 0 { addRun() }
        for _ in 0..<Int.random(in: 1..<batch, using: &generator) {
            lastSequence += UInt64(1)
            let key = UInt64.random(in: 0...keyCount, using: &generator)
            let item = DeliveryQueueModel.Item(sequence: lastSequence, key: key)
            switch Int.random(in: 0..<10, using: &generator) {
            // Some come later than those behind them, as what is delayed does.
            case 0...1: absent.append(item)
            // Some are inserted before those are added that come before them, as if these were loaded later.
            case 2 where deferred.isEmpty: deferred = [item]
            default: if deferred.isEmpty { add(item) } else { deferred.append(item) }
            }
        }
        if deferred.count > 1, let item = deferred.popLast() {
            queue.insert(DeliveryQueue.Entry(sequence: item.sequence, key: item.key))
            model.insert(item)
        }
        return nil
    }

    private mutating func add(_ item: DeliveryQueueModel.Item) {
        queue.add(DeliveryQueue.Entry(sequence: item.sequence, key: item.key))
        model.insert(item)
    }

    /// Adds events that came together.
    private mutating func addRun() {
        let items = (1...Int.random(in: 1...batch, using: &generator)).map { number in
            DeliveryQueueModel.Item(
                sequence: lastSequence + UInt64(number), key: UInt64.random(in: 0...keyCount, using: &generator))
        }
        lastSequence += UInt64(items.count)
        let before = [UInt64](repeating: .max, count: Int.random(in: 0...2, using: &generator))
        queue.add(
            DeliveryQueue.Entry(sequence: items[0].sequence, key: items[0].key), count: items.count,
            keys: keyCount == 0 ? [] : before + items.map(\.key), from: keyCount == 0 ? 0 : before.count)
        for item in items { model.insert(item) }
    }

    /// Takes out the last of what no take has come to.
    private mutating func removeLast() -> String? {
        let runs = queue.runCount
        let limit = Int.random(in: 0...runs, using: &generator)
        let waiting = queue.pendingCount
        var removed: Set<UInt64> = []
        for (first, count) in queue.removeLast(toRuns: limit) {
            removed.formUnion(first.sequence..<first.sequence + UInt64(count))
        }
        if queue.runCount < limit { return "\(queue.runCount) runs are left of \(runs), and \(limit) were to be" }
        // What came back among them keeps those before it.
        if queue.runCount == queue.weight, queue.runCount > limit {
            return "\(queue.runCount) runs are left, not \(limit)"
        }
        if queue.pendingCount != waiting - removed.count { return "the rest is not what was left" }
        let gone = model.remove { removed.contains($0.sequence) }
        absent += gone
        return gone.count == removed.count ? nil : "\(removed.count) were to go and \(gone.count) waited"
    }

    private mutating func insert() {
        guard let place = absent.indices.randomElement(using: &generator) else { return }
        let item = absent.remove(at: place)
        queue.insert(DeliveryQueue.Entry(sequence: item.sequence, key: item.key, attempts: item.attempts))
        model.insert(item)
    }

    /// Takes out one that waits or not, or all that a condition says; some come back later.
    private mutating func remove() -> String? {
        let isChosen: (UInt64, UInt64) -> Bool
        var found: [UInt64]
        switch Int.random(in: 0..<6, using: &generator) {
        case 0 where Bool.random(using: &generator): return removeLast()
        case 0:
            isChosen = { _, _ in true }
            found = queue.removeAll { _ in true }.map(\.sequence)
        case 1...2:
            let key = UInt64.random(in: 0...keyCount, using: &generator)
            isChosen = { $1 == key }
            found = queue.removeAll { $0.key == key }.map(\.sequence)
        default:
            guard let chosen = model.items.randomElement(using: &generator)?.sequence else { return nil }
            isChosen = { sequence, _ in sequence == chosen }
            found = queue.removePending(chosen).map { [$0.sequence] } ?? []
        }
        let removed = model.remove { isChosen($0.sequence, $0.key) }
        found.sort()
        if found != removed.map(\.sequence) { return "\(removed.map(\.sequence)) were to go and \(found) did" }
        absent += removed
        return nil
    }

    /// A take that nobody has seen.
    private mutating func undo() -> String? {
        model.expire(at: now)
        let (number, entries) = queue.take(
            atMost: Int.random(in: 1...batch, using: &generator), for: 1, at: now, visibility: .seconds(5))
        queue.undo(number)
        return entries.isEmpty == model.free.isEmpty ? nil : "\(entries.count) were taken"
    }

    private mutating func take() -> String? {
        let maximum = Int.random(in: 1...batch, using: &generator)
        let visibility = Duration.seconds(Int.random(in: 1...40, using: &generator))
        let member = UInt64.random(in: 1...3, using: &generator)
        model.expire(at: now)
        let (number, entries) = queue.take(atMost: maximum, for: member, at: now, visibility: visibility)
        receipts += entries.map { Receipt(sequence: $0.sequence, take: number) }
        return model.take(number, entries, atMost: maximum, for: member, until: now + visibility)
    }

    private mutating func settle() -> String? {
        // An old receipt as often as not: most are stale.
        let recent = Bool.random(using: &generator) ? receipts.suffix(8) : receipts[...]
        guard let receipt = recent.randomElement(using: &generator) else { return nil }
        let duration = Duration.seconds(Int.random(in: 0...60, using: &generator))
        let settlements: [Settlement] = [
            .acknowledge(receipt), .acknowledge(receipt), .release(receipt), .extend(receipt, by: duration),
            .retry(receipt, after: duration),
        ]
        let settlement = settlements.randomElement(using: &generator) ?? .release(receipt)
        let isInForce = model.settle(settlement, at: now)
        guard settleQueue(settlement) != isInForce else { return nil }
        return "\(settlement) should be \(isInForce ? "in force" : "stale")"
    }

    private mutating func leave() -> String? {
        let member = UInt64.random(in: 1...3, using: &generator)
        queue.expire(at: now)
        model.expire(at: now)
        let left = queue.leave(member)
        let expected = model.items.compactMap { $0.member == member ? $0.out?.receipt : nil }
        if Set(expected) != Set(left) || left.count != expected.count {
            return "\(expected) are out and \(left) were told"
        }
        for receipt in left where !settleBoth(.release(receipt)) {
            return "a member's own receipt was refused"
        }
        return nil
    }

    private mutating func settleBoth(_ settlement: Settlement) -> Bool {
        let isInForce = model.settle(settlement, at: now)
        return settleQueue(settlement) && isInForce
    }

    private mutating func settleQueue(_ settlement: Settlement) -> Bool {
        let settled = queue.settle([settlement], at: now)
        return settled.stale.isEmpty
    }

    private func compare() -> String? {
        let out = model.items.filter { $0.out != nil }
        if queue.outstandingCount != out.count { return "\(out.count) are out, not \(queue.outstandingCount)" }
        let held = out.count { $0.out?.receipt.take == 0 }
        if queue.heldCount != held { return "nobody has \(held), not \(queue.heldCount)" }
        let pending = model.items.count - out.count
        if queue.pendingCount != pending { return "\(pending) wait, not \(queue.pendingCount)" }
        if queue.oldest?.sequence != model.items.first?.sequence { return "the oldest" }
        if !queue.hasReady, !model.free.isEmpty { return "something is ready" }
        let end = out.compactMap { $0.out?.deadline }.min()
        switch (queue.nextDeadline, end) {
        case (nil, nil): break
        case (let said?, let end?): if said > end { return "a time-out ends at \(end), the queue says \(said)" }
        case (let said?, nil): return "no time-out ends, not even at \(said)"
        case (nil, let end?): return "a time-out ends at \(end), which the queue does not say"
        }
        var counts = (pending: 0, out: 0)
        queue.forEachPending { _ in counts.pending += 1 }
        queue.forEachOutstanding { _ in counts.out += 1 }
        if counts != (pending, out.count) { return "\(counts) are found by walking, not \((pending, out.count))" }
        return nil
    }
}
