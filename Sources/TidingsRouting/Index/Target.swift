/// What follows from a test of a value that held: one word.
struct Target: Sendable, Equatable {
    let rawValue: UInt32

    enum Kind {
        /// A slot is satisfied.
        case slot(SlotID)
        /// A slot that holds unless something excludes it is excluded.
        case exception(SlotID)
        /// A wildcard may match and has to be tried.
        case wildcard(WildcardID)
    }

    private static var numberBits: UInt32 { 0x3FFF_FFFF }
    private static var exceptionBit: UInt32 { 0x8000_0000 }
    private static var wildcardBit: UInt32 { 0x4000_0000 }

    private init(_ number: Int, bit: UInt32) {
        assert(number <= Self.numberBits, "\(number) does not fit beside the bits for the kind of a target")
        rawValue = UInt32(number) | bit
    }

    init(slot: SlotID) {
        self.init(slot.offset, bit: 0)
    }

    init(exception slot: SlotID) {
        self.init(slot.offset, bit: Self.exceptionBit)
    }

    init(wildcard: WildcardID) {
        self.init(wildcard.offset, bit: Self.wildcardBit)
    }

    @inline(__always)
    var kind: Kind {
        let number = Int(rawValue & Self.numberBits)
        if rawValue & Self.exceptionBit != 0 { return .exception(SlotID(number)) }
        return rawValue & Self.wildcardBit != 0 ? .wildcard(WildcardID(number)) : .slot(SlotID(number))
    }
}

/// Lists of targets, linked in one array.
struct TargetLists: Sendable {
    struct Link: Sendable {
        fileprivate let target: Target
        fileprivate let next: TargetLink
    }

    private var links: [Link] = []

    /// A list with one target more at its head, which is what identifies it.
    mutating func prepend(_ target: Target, to head: TargetLink) -> TargetLink {
        links.append(Link(target: target, next: head))
        return TargetLink(links.count - 1)
    }

    @inline(__always)
    func target(_ link: TargetLink) -> Target { links[link].target }

    @inline(__always)
    func next(_ link: TargetLink) -> TargetLink { links[link].next }

    /// How many bytes of memory they take.
    var byteCount: Int { links.capacity * MemoryLayout<Link>.stride }
}
