import Testing
import Tidings

@Suite struct DeliveryQueueTests {
    private let start = Timestamp(seconds: 1000)
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
        let first = queue.take(atMost: 10, for: 1, at: Timestamp(seconds: 0), visibility: .seconds(30))
        queue.undo(first.0)
        #expect(queue.outstandingCount == 0 && queue.pendingCount == 3 && queue.nextDeadline == nil)
        #expect(queue.takeCount == first.0 - 1)
        let again = queue.take(atMost: 10, for: 1, at: Timestamp(seconds: 0), visibility: .seconds(30))
        #expect(again.0 == first.0)
        #expect(again.1.map(\.sequence) == [1, 2, 3] && again.1.map(\.attempts) == [1, 1, 1])
    }

    @Test func `settlements are answered in their order, whatever goes back when`() {
        var queue = queue([(1, 7), (2, 7), (3, 0)])
        let (take, _) = queue.take(atMost: 10, for: 1, at: Timestamp(seconds: 0), visibility: .seconds(30))
        func receipt(_ sequence: UInt64) -> Receipt { Receipt(sequence: sequence, take: take) }
        let settled = queue.settle(
            [
                .release(receipt(1)), .acknowledge(receipt(1)), .acknowledge(receipt(3)), .release(receipt(3)),
                .release(receipt(2)),
            ], at: Timestamp(seconds: 1))
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
            for receipt in receipts { _ = queue.acknowledge(receipt) }
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
        expect(inForce: queue.extend(first.receipts[1], until: start + .seconds(60)))
        expect(take(10, from: &queue, after: 30), gives: [1])
        expect(take(10, from: &queue, after: 59), gives: [])
        expect(take(10, from: &queue, after: 60), gives: [1, 2])
        expect(stale: queue.extend(first.receipts[1], until: start + .seconds(90)))
    }

    @Test func `a shorter extension ends earlier`() {
        var queue = queue([(1, 0)])
        let first = take(1, from: &queue)
        expect(inForce: queue.extend(first.receipts[0], until: start + .seconds(5)))
        #expect(queue.nextDeadline == start + .seconds(5))
        expect(take(10, from: &queue, after: 5), gives: [1])
    }

    @Test func `a member waits until a time-out ends, and no longer than one may last`() {
        var queue = queue([(1, 0)])
        #expect(queue.waitTimeout(at: start, visibility: visibility) == visibility)
        let first = take(1, from: &queue)
        #expect(queue.waitTimeout(at: start + .seconds(10), visibility: visibility) == .seconds(20))
        expect(inForce: queue.extend(first.receipts[0], until: start + .seconds(3600)))
        expect(take(1, from: &queue, after: 30), gives: [])
        #expect(queue.waitTimeout(at: start + .seconds(30), visibility: visibility) == visibility)
    }

    @Test func `the receipts of a member are those it has out`() {
        var queue = queue([(1, 0), (2, 0), (3, 0)])
        let mine = take(2, from: &queue, for: 1)
        _ = take(1, from: &queue, for: 2)
        expect(inForce: queue.acknowledge(mine.receipts[0]))
        #expect(queue.receipts(of: 1) == [mine.receipts[1]])
        #expect(queue.receipts(of: 3) == [])
    }
}
