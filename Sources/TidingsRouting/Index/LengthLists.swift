/// Distinct lengths of texts, shortest first, in lists that are linked in one array.
struct LengthLists: Sendable {
    private struct Link: Sendable {
        let length: Int32
        var next: Int32
    }

    private var links: [Link] = []

    /// Adds a length to the list with this head, if it is not in it yet; -1 is the empty list.
    mutating func insert(_ length: Int, into head: inout Int32) {
        var before: Int32 = -1
        var here = head
        while here >= 0, self.length(here) < length {
            before = here
            here = next(here)
        }
        if here >= 0, self.length(here) == length { return }
        links.append(Link(length: Int32(length), next: here))
        let link = Int32(links.count - 1)
        if before >= 0 { links[Int(before)].next = link } else { head = link }
    }

    @inline(__always)
    func length(_ link: Int32) -> Int { Int(links[Int(link)].length) }

    @inline(__always)
    func next(_ link: Int32) -> Int32 { links[Int(link)].next }

    /// How many bytes of memory they take.
    var byteCount: Int { links.capacity * MemoryLayout<Link>.stride }
}
