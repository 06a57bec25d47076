import DequeModule

/// The batches whose events are in memory. Where there is no room for all, the oldest give theirs up: they stand in the log.
struct EventCache {
    let limit: Int
    /// What the events that are held take, about.
    private(set) var byteCount = 0
    /// In the order in which they came, with some that are not held any more.
    private var batches: Deque<PublishedBatch> = []
    private var heldCount = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// Holds a batch that windows wait for, and gives up others for it.
    mutating func hold(_ batch: PublishedBatch) {
        guard batch.isHeld else { return }
        guard batch.readers > 0 else { return batch.drop() }
        batches.append(batch)
        heldCount += 1
        byteCount += batch.heldByteCount
        while byteCount > limit, let oldest = batches.popFirst() { drop(oldest) }
        if batches.count > 2 * heldCount + 64 { batches.removeAll { !$0.isHeld } }
    }

    /// One of the windows that wait for an event of the batch has handed it out, or does not want it any more.
    mutating func release(_ batch: PublishedBatch) {
        batch.readers -= 1
        if batch.readers == 0 { drop(batch) }
    }

    private mutating func drop(_ batch: PublishedBatch) {
        guard batch.isHeld else { return }
        batch.drop()
        heldCount -= 1
        byteCount -= batch.heldByteCount
    }
}
