/// Distinct lengths of texts, shortest first, in lists that are linked in one array.
struct LengthLists: Sendable {
    struct Link: Sendable {
        fileprivate let length: Int32
        fileprivate var next: LengthLink
    }

    private var links: [Link] = []

    /// Adds a length to the list with this head, if it is not in it yet.
    mutating func insert(_ length: Int, into head: inout LengthLink) {
        var before = LengthLink.none
        var here = head
        while !here.isNone, self.length(here) < length {
            before = here
            here = next(here)
        }
        if !here.isNone, self.length(here) == length { return }
        links.append(Link(length: Int32(length), next: here))
        let link = LengthLink(links.count - 1)
        if before.isNone { head = link } else { links[before].next = link }
    }

    @inline(__always)
    func length(_ link: LengthLink) -> Int { Int(links[link].length) }

    @inline(__always)
    func next(_ link: LengthLink) -> LengthLink { links[link].next }

    /// How many bytes of memory they take.
    var byteCount: Int { links.capacity * MemoryLayout<Link>.stride }
}
