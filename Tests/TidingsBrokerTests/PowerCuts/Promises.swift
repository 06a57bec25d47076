import Tidings

/// What a bus has promised at a moment: what a power cut may not undo, and what may be there besides.
struct Promises: Sendable {
    struct Group: Sendable {
        /// Whether whoever made it was told so.
        var isMade = false
        /// Whether someone began to remove it, and was told that it is gone.
        var isGoing = false
        var isGone = false
        /// Events, by number: published before it was removed and after it was made, and told so.
        var owed: Set<Int> = []
        /// Events that it may have: somebody began to publish them.
        var possible: Set<Int> = []
        var acknowledged: Set<Int> = []
        /// Those whose acknowledgement was followed by something that was durable.
        var durablyAcknowledged: Set<Int> = []
        /// How often an event was taken and given back, at least and at most.
        var takes: [Int: (durable: Int, begun: Int)] = [:]
        var releases: [Int: Int] = [:]
    }

    var groups: [String: Group] = [:]
    /// The sequence of each event whose publisher was told.
    var sequences: [Int: UInt64] = [:]
    /// The numbers of each batch.
    var batches: [[Int]] = []
    var begun: Set<Int> = []
    /// What the bus said of itself, where it was asked and nothing was done to it since.
    var told: BusAccount?

    /// What holds for a disk that was looked at while other threads went on: promised before it, begun before the end of it.
    func limited(to before: Promises) -> Promises {
        var result = self
        result.sequences = before.sequences
        result.told = before.told
        result.groups = [:]
        for (name, group) in groups {
            let former = before.groups[name] ?? Group()
            var group = group
            group.isMade = former.isMade
            group.isGone = former.isGone
            group.owed = former.owed
            group.durablyAcknowledged = former.durablyAcknowledged
            for number in group.takes.keys { group.takes[number]?.durable = former.takes[number]?.durable ?? 0 }
            result.groups[name] = group
        }
        return result
    }

    /// Everything that was done before is durable.
    mutating func settle() {
        groups = groups.mapValues { group in
            var group = group
            group.durablyAcknowledged = group.acknowledged
            group.takes = group.takes.mapValues { ($0.begun, $0.begun) }
            return group
        }
    }
}
