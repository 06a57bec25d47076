import Testing
import Tidings

@Suite struct DeliveryQueueTests {
    private let start = Duration.seconds(1000)
    private let visibility = Duration.seconds(30)

    private func queue(_ entries: [(sequence: UInt64, key: UInt64)]) -> DeliveryQueue {
        var queue = DeliveryQueue()
        for (sequence, key) in entries { queue.add(DeliveryQueue.Entry(sequence: sequence, key: key)) }
        return queue
    }

    /// Takes, and tells the sequences and the receipts.
    private func take(
        _ maximum: Int, from queue: inout DeliveryQueue, for member: UInt64 = 1, after seconds: Int = 0
    ) -> (sequences: [UInt64], receipts: [Receipt]) {
        let now = start + .seconds(seconds)
        let (number, entries) = queue.take(atMost: maximum, for: member, at: now, visibility: visibility)
        return (entries.map(\.sequence), entries.map { Receipt(sequence: $0.sequence, take: number) })
    }

    private func expect(
        _ take: (sequences: [UInt64], receipts: [Receipt]), gives sequences: [UInt64],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(take.sequences == sequences, sourceLocation: sourceLocation)
    }

    private func expect(inForce isInForce: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(isInForce, sourceLocation: sourceLocation)
    }

    private func expect(stale isInForce: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(!isInForce, sourceLocation: sourceLocation)
    }

    @Test func `an empty queue gives nothing`() {
        var queue = DeliveryQueue()
        expect(take(10, from: &queue), gives: [])
        #expect(queue.nextDeadline == nil)
        #expect(queue.oldest?.sequence == nil)
    }

    @Test func `a batch may hold consecutive events of a key`() {
        var queue = queue([(1, 7), (2, 0), (3, 7), (4, 8)])
        expect(take(10, from: &queue), gives: [1, 2, 3, 4])
    }

    @Test func `later events of a key wait until all earlier ones are settled`() {
        var queue = queue([(1, 7), (2, 7), (3, 7), (4, 8)])
        let first = take(2, from: &queue)
        #expect(first.sequences == [1, 2])
        expect(take(10, from: &queue, for: 2), gives: [4])
        expect(inForce: queue.acknowledge(first.receipts[0]))
        expect(take(10, from: &queue, for: 2), gives: [])
        #expect(queue.pendingCount == 1)
        expect(inForce: queue.acknowledge(first.receipts[1]))
        expect(take(10, from: &queue, for: 2), gives: [3])
    }

    @Test func `what comes back goes to its place`() {
        var queue = queue([(1, 0), (2, 7), (3, 0), (4, 7), (5, 0)])
        let first = take(4, from: &queue)
        #expect(first.sequences == [1, 2, 3, 4])
        for receipt in first.receipts.reversed() { expect(inForce: queue.release(receipt)) }
        expect(take(10, from: &queue), gives: [1, 2, 3, 4, 5])
    }

    @Test func `a take that is undone has not been`() {
        var queue = queue([(1, 7), (2, 7), (3, 0)])
        let first = queue.take(atMost: 10, for: 1, at: .seconds(0), visibility: .seconds(30))
        queue.undo(first.0)
        #expect(queue.outstandingCount == 0 && queue.pendingCount == 3 && queue.nextDeadline == nil)
        #expect(queue.takeCount == first.0 - 1)
        let again = queue.take(atMost: 10, for: 1, at: .seconds(0), visibility: .seconds(30))
        #expect(again.0 == first.0)
        #expect(again.1.map(\.sequence) == [1, 2, 3] && again.1.map(\.attempts) == [1, 1, 1])
    }

    @Test func `settlements are answered in their order, whatever goes back when`() {
        var queue = queue([(1, 7), (2, 7), (3, 0)])
        let (take, _) = queue.take(atMost: 10, for: 1, at: .seconds(0), visibility: .seconds(30))
        func receipt(_ sequence: UInt64) -> Receipt { Receipt(sequence: sequence, take: take) }
        let settled = queue.settle(
            [
                .release(receipt(1)), .acknowledge(receipt(1)), .acknowledge(receipt(3)), .release(receipt(3)),
                .release(receipt(2)),
            ], at: .seconds(1))
        #expect(settled.acknowledged == [3] && settled.released == [1, 2])
        #expect(settled.stale == [receipt(1), receipt(3)])
        expect(self.take(10, from: &queue), gives: [1, 2])
    }

    @Test func `the oldest is found wherever it is`() {
        var queue = queue([(1, 7), (2, 7), (3, 0)])
        #expect(queue.oldest?.sequence == 1)
        let first = take(2, from: &queue)
        #expect(queue.oldest?.sequence == 1, "it is out")
        expect(inForce: queue.release(first.receipts[0]))
        #expect(queue.oldest?.sequence == 1, "it waits for its key")
        expect(inForce: queue.acknowledge(first.receipts[1]))
        #expect(queue.oldest?.sequence == 1, "it may be taken")
    }

    @Test func `a long line of one key is not moved at each take`() {
        // With every event moved at every take, this would be two hundred million moves.
        var queue = queue((1...20_000).map { (UInt64($0), 7) } + [(20_001, 8)])
        var seen: [UInt64] = []
        for _ in 0..<20_000 {
            let (sequences, receipts) = take(1, from: &queue)
            seen += sequences
            _ = take(1, from: &queue, for: 2)
            for receipt in receipts { _ = queue.settle([.acknowledge(receipt)], at: start) }
        }
        #expect(seen == Array(1...20_000))
    }

    @Test func `attempts are counted by takes and time-outs and not by releases`() {
        var queue = queue([(1, 7)])
        func attempts(after seconds: Int) -> (UInt32?, Receipt) {
            let (number, entries) = queue.take(
                atMost: 1, for: 1, at: start + .seconds(seconds), visibility: visibility)
            return (entries.first?.attempts, Receipt(sequence: 1, take: number))
        }
        let first = attempts(after: 0)
        #expect(first.0 == 1)
        expect(inForce: queue.release(first.1))
        let second = attempts(after: 1)
        #expect(second.0 == 1)
        let third = attempts(after: 30)
        #expect(third.0 == nil, "the time-out has not ended")
        let fourth = attempts(after: 31)
        #expect(fourth.0 == 2)
        expect(stale: queue.acknowledge(first.1))
        expect(stale: queue.acknowledge(second.1))
    }

    @Test func `an extension moves the end of one event only`() {
        var queue = queue([(1, 0), (2, 0)])
        let first = take(2, from: &queue)
        expect(inForce: queue.extend(first.receipts[1], by: 60))
        expect(take(10, from: &queue, after: 30), gives: [1])
        expect(take(10, from: &queue, after: 59), gives: [])
        expect(take(10, from: &queue, after: 60), gives: [1, 2])
        expect(stale: queue.extend(first.receipts[1], by: 30, at: 60))
    }

    @Test func `a shorter extension ends earlier`() {
        var queue = queue([(1, 0)])
        let first = take(1, from: &queue)
        expect(inForce: queue.extend(first.receipts[0], by: 5))
        #expect(queue.nextDeadline == start + .seconds(5))
        expect(take(10, from: &queue, after: 5), gives: [1])
    }

    @Test func `a member waits until a time-out ends, and no longer than one may last`() {
        var queue = queue([(1, 0)])
        #expect(queue.waitTimeout(at: start, visibility: visibility) == visibility)
        let first = take(1, from: &queue)
        #expect(queue.waitTimeout(at: start + .seconds(10), visibility: visibility) == .seconds(20))
        expect(inForce: queue.extend(first.receipts[0], by: 3600))
        expect(take(1, from: &queue, after: 30), gives: [])
        #expect(queue.waitTimeout(at: start + .seconds(30), visibility: visibility) == visibility)
    }

    @Test func `the receipts of a member are those it has out`() {
        var queue = queue([(1, 0), (2, 0), (3, 0)])
        let mine = take(2, from: &queue, for: 1)
        _ = take(1, from: &queue, for: 2)
        expect(inForce: queue.acknowledge(mine.receipts[0]))
        #expect(queue.leave(1) == [mine.receipts[1]])
        #expect(queue.leave(3) == [])
        #expect(queue.leave(1) == [], "it has left")
    }

    // MARK: Coming back

    @Test func `what is inserted goes before the later ones that wait`() {
        var queue = queue([(2, 0), (4, 7), (6, 0), (8, 7)])
        for (sequence, key) in [(5, 0), (1, 7), (9, 7), (3, 7)] as [(UInt64, UInt64)] {
            queue.insert(DeliveryQueue.Entry(sequence: sequence, key: key, attempts: 3))
        }
        #expect(queue.pendingCount == 8 && queue.oldest?.sequence == 1)
        let (_, first) = queue.take(atMost: 2, for: 1, at: start, visibility: visibility)
        #expect(first.map(\.sequence) == [1, 2] && first.map(\.attempts) == [4, 1])
        expect(take(10, from: &queue), gives: [5, 6])
        queue.undo(2)
        queue.undo(1)
        expect(take(10, from: &queue), gives: [1, 2, 3, 4, 5, 6, 8, 9])
    }

    @Test func `what is inserted waits for later ones of its key that are out, and goes before those that wait`() {
        var queue = queue([(4, 7), (5, 7), (6, 7)])
        let first = take(1, from: &queue)
        queue.insert(DeliveryQueue.Entry(sequence: 3, key: 7))
        expect(take(10, from: &queue), gives: [])
        #expect(queue.oldest?.sequence == 3, "it waits behind one that is out")
        expect(inForce: queue.release(first.receipts[0]))
        queue.insert(DeliveryQueue.Entry(sequence: 2, key: 7))
        expect(take(2, from: &queue), gives: [2, 3])
        expect(take(10, from: &queue), gives: [])
    }

    @Test func `what waits can be taken out wherever it is, and what is out stays`() {
        var queue = queue((1...9).map { ($0, $0.isMultiple(of: 3) ? 0 : 7) })
        let first = take(4, from: &queue)
        expect(inForce: queue.release(first.receipts[2]))
        _ = take(0, from: &queue)
        // 1, 2 and 4 are out, 3 came back, 5 to 9 were not come to.
        #expect([3, 5, 9].map { queue.removePending($0)?.sequence } == [3, 5, 9])
        #expect([1, 3, 5, 10].map { queue.removePending($0)?.sequence } == [nil, nil, nil, nil])
        expect(take(10, from: &queue, for: 2), gives: [6])
        // 7 and 8 wait for their key now.
        #expect(queue.removePending(7)?.sequence == 7)
        #expect(queue.pendingCount == 1 && queue.outstandingCount == 4)
        #expect(queue.removeAll { _ in true }.map(\.sequence) == [8])
        #expect(queue.pendingCount == 0 && queue.outstandingCount == 4 && !queue.hasReady)
        for receipt in first.receipts where receipt.sequence != 3 { expect(inForce: queue.acknowledge(receipt)) }
        queue.add(DeliveryQueue.Entry(sequence: 10, key: 7))
        expect(take(10, from: &queue), gives: [10])
    }

    // MARK: Many leases

    private let many = 20_000

    /// A queue of which many events are out, each taken for itself, a millisecond after the one before.
    private func queueWithLeases(of member: UInt64) -> (DeliveryQueue, [Receipt]) {
        var queue = queue((1...UInt64(many)).map { ($0, 0) })
        let receipts = (0..<many).map { index in
            let now = start + .milliseconds(index)
            let (number, entries) = queue.take(atMost: 1, for: member, at: now, visibility: visibility)
            return Receipt(sequence: entries[0].sequence, take: number)
        }
        return (queue, receipts)
    }

    @Test func `a take costs the same with many leases out, each extended once`() {
        var (queue, receipts) = queueWithLeases(of: 1)
        for (index, receipt) in receipts.enumerated() {
            let settled = queue.settle([.extend(receipt, by: .seconds(90))], at: start + .milliseconds(many + index))
            #expect(settled.stale.isEmpty)
        }
        let before = queue.steps
        // While the time-outs that they had at first would have ended.
        for index in 0..<many {
            let now = start + visibility + .milliseconds(index)
            queue.add(DeliveryQueue.Entry(sequence: UInt64(many + index + 1), key: 0))
            let (number, entries) = queue.take(atMost: 1, for: 2, at: now, visibility: visibility)
            #expect(entries.count == 1)
            _ = queue.settle([.acknowledge(Receipt(sequence: entries[0].sequence, take: number))], at: now)
        }
        #expect(queue.steps - before < many * 10, "each lease is looked at about once, and not at each take")
        #expect(queue.outstandingCount == many)
    }

    @Test func `a member that leaves does not cost what others have out`() {
        var (queue, _) = queueWithLeases(of: 1)
        queue.add(DeliveryQueue.Entry(sequence: UInt64(many + 1), key: 0))
        let mine = take(1, from: &queue, for: 2, after: many / 1000)
        let before = queue.steps
        #expect(queue.leave(2) == mine.receipts)
        #expect(queue.oldest?.sequence == 1)
        #expect(queue.steps - before < 10)
    }

    @Test func `extensions and ended takes do not make it grow while one lease lasts`() {
        var queue = queue([(1, 0)])
        let first = take(1, from: &queue)
        expect(inForce: queue.extend(first.receipts[0], by: 3600))
        for index in 1...UInt64(many) {
            queue.add(DeliveryQueue.Entry(sequence: 1 + index, key: 0))
            let receipts = take(1, from: &queue).receipts
            let sooner = Settlement.extend(first.receipts[0], by: .seconds(3600) - .milliseconds(Int(index)))
            let shorter = Settlement.extend(first.receipts[0], by: visibility - .milliseconds(Int(index) / 2))
            #expect(queue.settle([sooner, shorter, .acknowledge(receipts[0])], at: start).stale.isEmpty)
        }
        #expect(queue.outstandingCount == 1)
        #expect(queue.noteCount < 500)
    }
}

extension DeliveryQueue {
    // Each settles one event; whether the receipt was in force.
    fileprivate mutating func acknowledge(_ receipt: Receipt) -> Bool { settles(.acknowledge(receipt), 0) }
    fileprivate mutating func release(_ receipt: Receipt) -> Bool { settles(.release(receipt), 0) }
    fileprivate mutating func extend(_ receipt: Receipt, by seconds: Int, at now: Int = 0) -> Bool {
        settles(.extend(receipt, by: .seconds(seconds)), now)
    }

    private mutating func settles(_ settlement: Settlement, _ seconds: Int) -> Bool {
        settle([settlement], at: .seconds(1000 + seconds)).stale.isEmpty
    }
}
