import DequeModule

/// The batches whose events are in memory. If there is no room for all, the oldest are dropped: the log holds them.
struct EventCache {
    let limit: Int
    /// About how many bytes the events take.
    private(set) var byteCount = 0
    /// In the order of their arrival. Some are not held any more.
    private var batches: Deque<PublishedBatch> = []
    private var heldCount = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// Holds a batch that windows refer to, and drops others for it.
    mutating func hold(_ batch: PublishedBatch) {
        guard batch.isHeld else { return }
        guard batch.readers > 0 else { return batch.drop() }
        batches.append(batch)
        heldCount += 1
        byteCount += batch.heldByteCount
        while byteCount > limit, let oldest = batches.popFirst() { drop(oldest) }
        if batches.count > 2 * heldCount + 64 { batches.removeAll { !$0.isHeld } }
    }

    /// A window has handed out an event of the batch, or some, or dropped them.
    mutating func release(_ batch: PublishedBatch, _ count: Int = 1) {
        batch.readers -= count
        if batch.readers == 0 { drop(batch) }
    }

    private mutating func drop(_ batch: PublishedBatch) {
        guard batch.isHeld else { return }
        batch.drop()
        heldCount -= 1
        byteCount -= batch.heldByteCount
    }
}
