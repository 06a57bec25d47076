/// Ranges of numbers, and which of them a number lies in.
///
/// Blocks of ranges, each twice as long as the next at least, sorted by their lower ends and with the highest upper end
/// of each half known: adding costs O(log² n) on average, asking O(log² n) and what is found (Bentley and Saxe 1980).
struct IntervalSet: Sendable {
    /// The doubles of the numbers in a range. Numbers whose double is one of the ends may or may not be in it.
    struct Interval: Sendable {
        let lower: Double
        let upper: Double
        let target: Target
        /// The range itself, which tells of numbers at its ends.
        let range: RangeID

        /// Whether a double lies between the ends, so that every number with that double is in the range.
        @inline(__always)
        func surrounds(_ value: Double) -> Bool { lower < value && value < upper }
    }

    private struct Block: Sendable {
        let intervals: [Interval]
        /// For the middle of each part: the highest upper end in that part.
        let highest: [Double]

        init(_ intervals: [Interval]) {
            self.intervals = intervals.sorted { $0.lower < $1.lower }
            var highest = self.intervals.map(\.upper)
            _ = Self.fill(&highest, 0, intervals.count)
            self.highest = highest
        }

        private static func fill(_ highest: inout [Double], _ low: Int, _ high: Int) -> Double {
            guard low < high else { return -.infinity }
            let middle = (low + high) / 2
            let left = fill(&highest, low, middle)
            let right = fill(&highest, middle + 1, high)
            highest[middle] = max(highest[middle], left, right)
            return highest[middle]
        }

        func find(_ value: Double, _ low: Int, _ high: Int, into found: inout [Interval]) {
            if high - low <= 8 {
                for index in low..<high where intervals[index].lower <= value && intervals[index].upper >= value {
                    found.append(intervals[index])
                }
                return
            }
            let middle = (low + high) / 2
            guard highest[middle] >= value else { return }
            find(value, low, middle, into: &found)
            let interval = intervals[middle]
            guard interval.lower <= value else { return }
            if interval.upper >= value { found.append(interval) }
            find(value, middle + 1, high, into: &found)
        }
    }

    private var blocks: [Block] = []

    mutating func insert(_ interval: Interval) {
        var merged = [interval]
        while let last = blocks.last, last.intervals.count <= merged.count {
            merged += last.intervals
            blocks.removeLast()
        }
        blocks.append(Block(merged))
    }

    /// Appends each interval that holds the value, between its ends or as one of them.
    func find(_ value: Double, into found: inout [Interval]) {
        for index in blocks.indices { blocks[index].find(value, 0, blocks[index].intervals.count, into: &found) }
    }

    /// How many bytes of memory it takes.
    var byteCount: Int {
        blocks.reduce(0) { $0 + $1.intervals.capacity * MemoryLayout<Interval>.stride + $1.highest.capacity * 8 }
    }
}

/// A few ranges of numbers for each path, linked in one array; paths with many have an ``IntervalSet`` for the rest.
struct IntervalList: Sendable {
    struct Link: Sendable {
        fileprivate let interval: IntervalSet.Interval
        fileprivate let next: IntervalLink
        /// How many links there are from this one on.
        fileprivate let count: Int32
    }

    /// How many ranges of a path are compared one by one.
    static let limit: Int32 = 16

    private var links: [Link] = []

    /// How many ranges the list with this head has.
    func count(_ head: IntervalLink) -> Int32 { head.isNone ? 0 : links[head].count }

    /// A list with one range more at its head.
    mutating func prepend(_ interval: IntervalSet.Interval, to head: IntervalLink) -> IntervalLink {
        links.append(Link(interval: interval, next: head, count: count(head) + 1))
        return IntervalLink(links.count - 1)
    }

    @inline(__always)
    func interval(_ link: IntervalLink) -> IntervalSet.Interval { links[link].interval }

    @inline(__always)
    func next(_ link: IntervalLink) -> IntervalLink { links[link].next }

    /// How many bytes of memory they take.
    var byteCount: Int { links.capacity * MemoryLayout<Link>.stride }
}
