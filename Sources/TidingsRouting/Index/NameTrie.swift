/// The names on the way to each field that some pattern asks for: nodes in one array, edges in one hash table.
struct NameTrie: Sendable {
    struct Node: Sendable {
        /// A bit for each class of names that go on from here, so that most others are told apart without a look-up.
        var filter: UInt64 = 0
        /// The path that ends here, if one does.
        var path = PathID.none
        /// Whether two names or more can follow, so that one name with a dot in it could stand for both.
        var isDeep = false

        var isFollowed: Bool { filter != 0 || !path.isNone }
    }

    /// The top of an event.
    static var root: NodeID { NodeID(0) }

    private(set) var nodes = [Node()]
    private var edges = ByteTable<Node>(seed: ByteHash.seed)
    /// The node above each one.
    private var parents = [NodeID.none]
    private(set) var pathCount = 0

    /// Where a name leads from a node, if it is known there.
    @inline(__always)
    func child(of node: NodeID, _ name: UnsafePointer<UInt8>, count: Int) -> NodeID {
        guard nodes[node].filter & Self.bit(name, count) != 0 else { return .none }
        let domain = UInt32(node.offset)
        let hash = ByteHash.of(name, count: count, domain: domain, seed: edges.seed)
        return edges.value(name, count: count, hash: hash, domain: domain)
    }

    @inline(__always)
    private static func bit(_ name: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        guard count > 0 else { return 1 }
        let mixed = count &* 11 &+ Int(name[0]) &+ Int(name[count &- 1]) &* 5
        return 1 << UInt64(mixed & 63)
    }

    /// A path, made if it is new; the event's names for its first part lead there as well.
    mutating func insert(_ path: ByteText) -> PathID {
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
        if nodes[node].path.isNone {
            nodes[node].path = PathID(pathCount)
            pathCount += 1
        }
        return nodes[node].path
    }

    /// What EventBridge calls the field at the top of an event.
    private static func otherName(of name: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        if name.elementsEqual("type".utf8) { return Array("detail-type".utf8)[...] }
        if name.elementsEqual("data".utf8) { return Array("detail".utf8)[...] }
        return nil
    }

    private mutating func insert(_ name: ArraySlice<UInt8>, below parent: NodeID) -> NodeID {
        let entry = edge(name, below: parent)
        if !edges.entries[entry].value.isNone { return edges.entries[entry].value }
        let node = NodeID(nodes.count)
        nodes.append(Node())
        parents.append(parent)
        if !parents[parent.offset].isNone { nodes[parents[parent.offset]].isDeep = true }
        edges.update(entry, value: node)
        return node
    }

    private mutating func link(_ name: ArraySlice<UInt8>, to node: NodeID, below parent: NodeID) {
        let entry = edge(name, below: parent)
        if edges.entries[entry].value.isNone { edges.update(entry, value: node) }
    }

    private mutating func edge(_ name: ArraySlice<UInt8>, below parent: NodeID) -> Int {
        let domain = UInt32(parent.offset)
        return Array(name).withUnsafeBufferPointer { name in
            withBase(of: name) { base in
                nodes[parent].filter |= Self.bit(base, name.count)
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
