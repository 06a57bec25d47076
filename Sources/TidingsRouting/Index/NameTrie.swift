/// The names on the way to each field that some pattern asks for: nodes in one array, edges in one hash table.
struct NameTrie: Sendable {
    struct Node: Sendable {
        /// A bit for each class of names that go on from here, so that most others are told apart without a look-up.
        var filter: UInt64 = 0
        /// The number of the path that ends here, or -1.
        var path: Int32 = -1
        /// Whether two names or more can follow, so that one name with a dot in it could stand for both.
        var isDeep = false

        var isFollowed: Bool { filter != 0 || path >= 0 }
    }

    /// The top of an event.
    static let root: Int32 = 0

    private(set) var nodes = [Node()]
    private var edges = ByteTable(seed: ByteHash.seed)
    /// The node above each one.
    private var parents: [Int32] = [-1]
    private(set) var pathCount: Int32 = 0

    /// Where a name leads from a node, or -1.
    @inline(__always)
    func child(of node: Int32, _ name: UnsafePointer<UInt8>, count: Int) -> Int32 {
        guard nodes[Int(node)].filter & Self.bit(name, count) != 0 else { return -1 }
        let domain = UInt32(bitPattern: node)
        let hash = ByteHash.of(name, count: count, domain: domain, seed: edges.seed)
        return edges.value(name, count: count, hash: hash, domain: domain)
    }

    @inline(__always)
    private static func bit(_ name: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        guard count > 0 else { return 1 }
        let mixed = count &* 11 &+ Int(name[0]) &+ Int(name[count &- 1]) &* 5
        return 1 << UInt64(mixed & 63)
    }

    /// The number of a path, made if it is new; the event's names for its first part lead there as well.
    mutating func insert(_ path: ByteText) -> Int32 {
        var bytes = Array(path.bytes)
        bytes.append(0x2E)
        var node = Self.root
        var start = 0
        for place in bytes.indices where bytes[place] == 0x2E {
            let parent = node
            node = insert(bytes[start..<place], below: parent)
            if parent == Self.root, let other = Self.otherName(of: bytes[start..<place]) {
                link(other, to: node, below: parent)
            }
            start = place + 1
        }
        if nodes[Int(node)].path < 0 {
            nodes[Int(node)].path = pathCount
            pathCount += 1
        }
        return nodes[Int(node)].path
    }

    /// What EventBridge calls the field at the top of an event.
    private static func otherName(of name: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        if name.elementsEqual("type".utf8) { return Array("detail-type".utf8)[...] }
        if name.elementsEqual("data".utf8) { return Array("detail".utf8)[...] }
        return nil
    }

    private mutating func insert(_ name: ArraySlice<UInt8>, below parent: Int32) -> Int32 {
        let entry = edge(name, below: parent)
        if edges.entries[entry].value >= 0 { return edges.entries[entry].value }
        let node = Int32(nodes.count)
        nodes.append(Node())
        parents.append(parent)
        if parents[Int(parent)] >= 0 { nodes[Int(parents[Int(parent)])].isDeep = true }
        edges.update(entry, value: node)
        return node
    }

    private mutating func link(_ name: ArraySlice<UInt8>, to node: Int32, below parent: Int32) {
        let entry = edge(name, below: parent)
        if edges.entries[entry].value < 0 { edges.update(entry, value: node) }
    }

    private mutating func edge(_ name: ArraySlice<UInt8>, below parent: Int32) -> Int {
        let domain = UInt32(bitPattern: parent)
        return Array(name).withUnsafeBufferPointer { name in
            withBase(of: name) { base in
                nodes[Int(parent)].filter |= Self.bit(base, name.count)
                let hash = ByteHash.of(base, count: name.count, domain: domain, seed: edges.seed)
                return edges.insert(base, count: name.count, hash: hash, domain: domain)
            }
        }
    }

    /// How many bytes of memory it takes.
    var byteCount: Int {
        nodes.capacity * MemoryLayout<Node>.stride + parents.capacity * 4 + edges.byteCount
    }
}

/// Calls the body with an address even where an empty buffer has none.
@inline(__always)
func withBase<Result>(
    of buffer: UnsafeBufferPointer<UInt8>, _ body: (UnsafePointer<UInt8>) throws -> Result
) rethrows -> Result {
    if let base = buffer.baseAddress { return try body(base) }
    return try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { spare in
        spare.initialize(repeating: 0)
        return try body(UnsafePointer(spare.baseAddress.unsafelyUnwrapped))
    }
}
