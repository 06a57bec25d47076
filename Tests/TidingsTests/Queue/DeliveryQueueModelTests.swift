import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(2))) struct DeliveryQueueModelTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
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
    private var now = Timestamp(seconds: 1000)
    private var lastSequence: UInt64 = 0
    private var receipts: [Receipt] = []
    private let keyCount: UInt64
    private let batch: Int

    init(seed: UInt64) {
        generator = SplitMix64(seed: seed)
        // Large enough in some runs for takes that give up the room of what was settled.
        batch = seed % 4 == 0 ? 60 : 6
        keyCount = UInt64.random(in: 0...6, using: &generator)
    }

    mutating func step() -> String? {
        let fault: String?
        switch Int.random(in: 0..<10, using: &generator) {
        case 0...2: fault = add()
        case 3...5: fault = take()
        case 6...8: fault = settle()
        default:
            now = now + .seconds(Int.random(in: 0...20, using: &generator))
            fault = Bool.random(using: &generator) ? leave() : nil
        }
        return fault ?? compare()
    }

    /// Takes and acknowledges until nothing is left; then each event was acknowledged once.
    mutating func drain() -> String? {
        now = now + .seconds(1000)
        while true {
            let before = receipts.count
            if let fault = take() { return fault }
            if receipts.count == before { break }
            for receipt in receipts[before...] where !settleBoth(.acknowledge(receipt)) {
                return "a receipt was refused"
            }
        }
        if model.settled != Set(1..<lastSequence + 1) { return "\(lastSequence) came and \(model.settled.count) went" }
        return compare()
    }

    private mutating func add() -> String? {
        for _ in 0..<Int.random(in: 1..<batch, using: &generator) {
            lastSequence += UInt64(1)
            let key = UInt64.random(in: 0...keyCount, using: &generator)
            queue.add(DeliveryQueue.Entry(sequence: lastSequence, key: key))
            model.items.append(DeliveryQueueModel.Item(sequence: lastSequence, key: key))
        }
        return nil
    }

    private mutating func take() -> String? {
        let maximum = Int.random(in: 1...batch, using: &generator)
        let visibility = Duration.seconds(Int.random(in: 1...40, using: &generator))
        let member = UInt64.random(in: 1...3, using: &generator)
        model.expire(at: now)
        let (number, entries) = queue.take(atMost: maximum, for: member, at: now, visibility: visibility)
        receipts += entries.map { Receipt(sequence: $0.sequence, take: number) }
        return model.take(number, entries, atMost: maximum, until: now + visibility)
    }

    private mutating func settle() -> String? {
        // An old receipt as often as not: most are stale.
        let recent = Bool.random(using: &generator) ? receipts.suffix(8) : receipts[...]
        guard let receipt = recent.randomElement(using: &generator) else { return nil }
        let duration = Duration.seconds(Int.random(in: 0...60, using: &generator))
        let settlements: [Settlement] = [
            .acknowledge(receipt), .acknowledge(receipt), .release(receipt), .extend(receipt, by: duration),
        ]
        let settlement = settlements.randomElement(using: &generator) ?? .release(receipt)
        let isInForce = model.settle(settlement, at: now)
        guard settleQueue(settlement) != isInForce else { return nil }
        return "\(settlement) should be \(isInForce ? "in force" : "stale")"
    }

    private mutating func leave() -> String? {
        for receipt in queue.receipts(of: UInt64.random(in: 1...3, using: &generator))
        where !settleBoth(.release(receipt)) {
            return "a member's own receipt was refused"
        }
        return nil
    }

    private mutating func settleBoth(_ settlement: Settlement) -> Bool {
        let isInForce = model.settle(settlement, at: now)
        return settleQueue(settlement) && isInForce
    }

    private mutating func settleQueue(_ settlement: Settlement) -> Bool {
        switch settlement {
        case .acknowledge(let receipt): queue.acknowledge(receipt)
        case .release(let receipt): queue.release(receipt)
        case .extend(let receipt, let duration): queue.extend(receipt, until: now + duration)
        }
    }

    private func compare() -> String? {
        let out = model.items.filter { $0.out != nil }
        if queue.outstandingCount != out.count { return "\(out.count) are out, not \(queue.outstandingCount)" }
        let pending = model.items.count - out.count
        if queue.pendingCount != pending { return "\(pending) wait, not \(queue.pendingCount)" }
        if queue.oldest?.sequence != model.items.first?.sequence { return "the oldest" }
        if !queue.hasReady, !model.free.isEmpty { return "something is ready" }
        let end = out.compactMap { $0.out?.deadline }.min()
        switch (queue.nextDeadline, end) {
        case (nil, nil): return nil
        case (let said?, let end?): return said <= end ? nil : "a time-out ends at \(end), the queue says \(said)"
        case (let said?, nil): return "no time-out ends, not even at \(said)"
        case (nil, let end?): return "a time-out ends at \(end), which the queue does not say"
        }
    }
}
