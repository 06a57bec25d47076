/// The memory that one match works in, kept from one to the next so that none is cleared as a whole.
///
/// It is used by one match at a time: ``ScratchPool`` hands it out.
@usableFromInline
final class MatchScratch {
    /// A bit for each slot that was satisfied, and for parts only where no array can contradict.
    private(set) var slots: UnsafeMutablePointer<UInt64>
    /// A bit for each word of `slots` that is not zero.
    private(set) var summary: UnsafeMutablePointer<UInt64>
    private var slotWords = 0
    private var summaryWords = 0

    /// For each part the number of the match in which it was last satisfied, freely or inside of an array.
    private(set) var partMarks: UnsafeMutablePointer<PartMark>
    private var partCount = 0

    /// For each wildcard the number of the value on which it was last tried.
    private(set) var wildcardMarks: UnsafeMutablePointer<UInt64>
    private var wildcardCount = 0
    /// How many values were tested in all matches.
    var valueNumber: UInt64 = 0

    struct PartMark {
        var free: UInt32 = 0
        var bound: UInt32 = 0
        /// The first of the part's hits inside of arrays; holds where `bound` is the number of this match.
        var hits = HitLink.none
        /// The places of those hits in `consistency`, in their order, once somebody asked; none before.
        var sortedStart = FlatIndex<Int32>.none
        var sortedCount: Int32 = 0
    }

    /// A part that was satisfied inside of an array.
    struct Hit {
        let part: PartID
        let place: Int32
        var next: HitLink
    }

    /// The number of this match.
    private(set) var number: UInt32 = 0
    var hits: [Hit] = []
    var exceptions: [SlotID] = []
    var intervals: [IntervalSet.Interval] = []
    var text: [UInt8] = []
    var folded: [UInt8] = []
    var name: [UInt8] = []
    var satisfiedParts: [PartID] = []
    var consistency = ArrayConsistency()
    /// The places, in the order of insertion, of the ids whose patterns the event satisfies.
    @usableFromInline private(set) var found: UnsafeMutablePointer<Int32>
    @usableFromInline var foundCount = 0
    private var foundCapacity = 1

    init() {
        slots = .allocate(capacity: 1)
        summary = .allocate(capacity: 1)
        partMarks = .allocate(capacity: 1)
        wildcardMarks = .allocate(capacity: 1)
        found = .allocate(capacity: 1)
    }

    deinit {
        slots.deallocate()
        summary.deallocate()
        partMarks.deallocate()
        wildcardMarks.deallocate()
        found.deallocate()
    }

    /// Makes it ready for a match.
    func begin(slots: Int, parts: Int, wildcards: Int) {
        let words = (slots + 63) >> 6
        if words > slotWords {
            self.slots.deallocate()
            summary.deallocate()
            slotWords = words + words / 2 + 4
            summaryWords = (slotWords + 63) >> 6
            self.slots = .allocate(capacity: slotWords)
            self.slots.initialize(repeating: 0, count: slotWords)
            summary = .allocate(capacity: summaryWords)
            summary.initialize(repeating: 0, count: summaryWords)
        }
        number &+= 1
        if parts > partCount || number == 0 { growMarks(parts) }
        if wildcards > wildcardCount {
            wildcardMarks.deallocate()
            wildcardCount = wildcards + wildcards / 2
            wildcardMarks = .allocate(capacity: wildcardCount)
            wildcardMarks.initialize(repeating: 0, count: wildcardCount)
        }
        foundCount = 0
        if !hits.isEmpty { hits.removeAll(keepingCapacity: true) }
        consistency.beginEvent()
    }

    private func growMarks(_ parts: Int) {
        partMarks.deallocate()
        partCount = max(partCount, parts + parts / 2 + 1)
        partMarks = .allocate(capacity: partCount)
        partMarks.initialize(repeating: PartMark(), count: partCount)
        number = 1
    }

    /// Where a part was satisfied in this match: the event itself, place 0, and elements of arrays.
    ///
    /// - Returns: A range of what `consistency` has sorted.
    func sortedPlaces(of part: PartID) -> Range<Int> {
        assert(part.offset < partCount, "a part that this match does not know")
        let mark = partMarks + part.offset
        if mark.pointee.bound == number, !mark.pointee.sortedStart.isNone {
            let start = mark.pointee.sortedStart.offset
            return start..<start + Int(mark.pointee.sortedCount)
        }
        let start = consistency.sorted.count
        if mark.pointee.bound == number { appendHits(from: mark.pointee.hits) }
        if mark.pointee.free == number { consistency.sorted.append(0) }
        // The last hit comes first.
        consistency.sorted[start...].reverse()
        let range = consistency.sort(from: start)
        mark.pointee.sortedStart = FlatIndex(range.lowerBound)
        mark.pointee.sortedCount = Int32(range.count)
        return range
    }

    private func appendHits(from first: HitLink) {
        var hit = first
        while !hit.isNone {
            consistency.sorted.append(hits[hit].place)
            hit = hits[hit].next
        }
    }

    /// Calls the body with each satisfied slot, in their order, and forgets them.
    @inline(__always)
    func drainSlots(_ body: (SlotID) -> Void) {
        let slots = slots
        let summary = summary
        for index in 0..<summaryWords where summary[index] != 0 {
            var words = summary[index]
            summary[index] = 0
            while words != 0 {
                let word = index << 6 | words.trailingZeroBitCount
                words &= words &- 1
                var bits = slots[word]
                slots[word] = 0
                while bits != 0 {
                    body(SlotID(word << 6 | bits.trailingZeroBitCount))
                    bits &= bits &- 1
                }
            }
        }
    }

    /// Makes room for as many answers.
    func reserveFound(_ count: Int) {
        guard count > foundCapacity else { return }
        let capacity = count + count / 2
        let larger = UnsafeMutablePointer<Int32>.allocate(capacity: capacity)
        larger.initialize(repeating: 0, count: capacity)
        larger.update(from: found, count: foundCount)
        found.deallocate()
        found = larger
        foundCapacity = capacity
    }

    /// Adds an answer.
    func appendFound(_ order: Int32) {
        reserveFound(foundCount + 1)
        found[foundCount] = order
        foundCount += 1
    }

    /// Puts the answers in order, each once, where those before an index are so already.
    func settleFound(from start: Int) {
        guard foundCount - start <= 8 else { return sortFound() }
        let end = foundCount
        foundCount = start
        for index in start..<end {
            let answer = found[index]
            var place = foundCount
            while place > 0, found[place - 1] > answer { place -= 1 }
            if place > 0, found[place - 1] == answer { continue }
            // What is moved up by one stays below the answers that are still to come.
            (found + place + 1).update(from: found + place, count: foundCount - place)
            found[place] = answer
            foundCount += 1
        }
    }

    /// Puts the answers in order, each once.
    func sortFound() {
        var answers = UnsafeMutableBufferPointer(start: found, count: foundCount)
        answers.sort()
        var kept = 0
        for answer in answers where kept == 0 || answer != answers[kept - 1] {
            answers[kept] = answer
            kept += 1
        }
        foundCount = kept
    }
}
