/// A few ranges of numbers for each path, linked in one array; paths with many have an ``IntervalSet`` for the rest.
struct IntervalList: Sendable {
    private struct Link: Sendable {
        let interval: IntervalSet.Interval
        let next: Int32
        /// How many links there are from this one on.
        let count: Int32
    }

    /// How many ranges of a path are compared one by one.
    static let limit: Int32 = 16

    private var links: [Link] = []

    /// How many ranges the list with this head has; -1 is the empty list.
    func count(_ head: Int32) -> Int32 { head < 0 ? 0 : links[Int(head)].count }

    /// A list with one range more at its head.
    mutating func prepend(_ interval: IntervalSet.Interval, to head: Int32) -> Int32 {
        links.append(Link(interval: interval, next: head, count: count(head) + 1))
        return Int32(links.count - 1)
    }

    @inline(__always)
    func interval(_ link: Int32) -> IntervalSet.Interval { links[Int(link)].interval }

    @inline(__always)
    func next(_ link: Int32) -> Int32 { links[Int(link)].next }

    /// How many bytes of memory they take.
    var byteCount: Int { links.capacity * MemoryLayout<Link>.stride }
}
