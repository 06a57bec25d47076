/// What follows from a test of a value that held: one word.
struct Target: Sendable, Equatable {
    let rawValue: UInt32

    enum Kind {
        /// A slot is satisfied.
        case slot(Int)
        /// A slot that holds unless something excludes it is excluded.
        case exception(Int)
        /// A wildcard may match and has to be tried.
        case wildcard(Int)
    }

    init(slot: Int) {
        rawValue = UInt32(slot)
    }

    init(exception slot: Int) {
        rawValue = UInt32(slot) | 0x8000_0000
    }

    init(wildcard: Int) {
        rawValue = UInt32(wildcard) | 0x4000_0000
    }

    @inline(__always)
    var kind: Kind {
        let number = Int(rawValue & 0x3FFF_FFFF)
        if rawValue & 0x8000_0000 != 0 { return .exception(number) }
        return rawValue & 0x4000_0000 != 0 ? .wildcard(number) : .slot(number)
    }
}

/// Lists of targets, linked in one array.
struct TargetLists: Sendable {
    private struct Link: Sendable {
        let target: Target
        let next: Int32
    }

    private var links: [Link] = []

    /// A list with one target more at its head, which is what identifies it; -1 is the empty list.
    mutating func prepend(_ target: Target, to head: Int32) -> Int32 {
        links.append(Link(target: target, next: head))
        return Int32(links.count - 1)
    }

    @inline(__always)
    func target(_ link: Int32) -> Target { links[Int(link)].target }

    @inline(__always)
    func next(_ link: Int32) -> Int32 { links[Int(link)].next }

    /// How many bytes of memory they take.
    var byteCount: Int { links.capacity * MemoryLayout<Link>.stride }
}
