/// An event as a tree, for what looks at one event and one pattern and may take its time.
package struct EventTree: Sendable {
    /// A leaf of an event: a scalar and where it stands.
    package struct Leaf: Sendable {
        /// The names on the way, joined by dots; the first is the CloudEvents one.
        package let path: String
        package let scalar: EventScalar
        /// For each array on the way to an object with this leaf, which of its elements it is in; arrays are numbered in
        /// the order in which they begin. An array of scalars alone is none of them.
        package let elements: [Int: Int]
    }

    /// Every leaf, in the order of the text; a key that stands twice gives two.
    package let leaves: [Leaf]
    /// The paths of objects and arrays, also of those without a leaf, and what they are.
    let containers: [(path: String, kind: String)]
    /// What the event itself calls its type and its data.
    private let names: [String: String]

    /// Reads an event.
    ///
    /// - Parameter json: One JSON object in UTF-8.
    /// - Throws: Why it is none, and where.
    package init(json: [UInt8]) throws(JSONError) {
        try JSON.validate(json)
        do throws(PatternRefusal) {
            try self.init(JSONTreeReader.tree(of: json, depthLimit: JSON.maximumDepth))
        } catch {
            throw JSONError(.notAnObject, at: error.offset ?? 0)
        }
    }

    private init(_ tree: JSONTree) throws(PatternRefusal) {
        guard case .object(let members) = tree.value else {
            throw .malformed("An event is an object.", path: "", at: tree.offset)
        }
        var collector = Collector()
        collector.add(members, under: nil)
        leaves = collector.leaves
        containers = collector.containers
        names = Dictionary(
            members.map { (PatternField.canonical($0.key), $0.key) }, uniquingKeysWith: { first, _ in first })
    }

    /// A path in the event's own names: `detail.state` where it has `detail` for `data`.
    func spelled(_ path: String) -> String {
        let first = path.prefix { $0 != "." }
        guard let name = names[String(first)] else { return path }
        return name + path.dropFirst(first.count)
    }
}

extension EventTree {
    private struct Collector {
        var leaves: [Leaf] = []
        var containers: [(path: String, kind: String)] = []
        private var elements: [Int: Int] = [:]
        private var arrayCount = 0

        mutating func add(_ members: [JSONTree.Member], under parent: String?) {
            for member in members {
                add(member.node, at: parent.map { "\($0).\(member.key)" } ?? PatternField.canonical(member.key))
            }
        }

        private mutating func add(_ tree: JSONTree, at path: String) {
            switch tree.value {
            case .object(let members):
                containers.append((path, members.isEmpty ? "an empty object" : "an object"))
                add(members, under: path)
            case .list(let nodes):
                containers.append((path, nodes.isEmpty ? "an empty array" : "an array"))
                let array = arrayCount
                arrayCount += 1
                for (index, node) in nodes.enumerated() {
                    if node.isContainer { elements[array] = index }
                    add(node, at: path)
                    elements[array] = nil
                }
            case .text(let text): leave(.text(ByteText(text)), at: path)
            case .number(let number): leave(.number(number), at: path)
            case .boolean(let boolean): leave(.boolean(boolean), at: path)
            case .null: leave(.null, at: path)
            case .noNumber: break
            }
        }

        private mutating func leave(_ scalar: EventScalar, at path: String) {
            leaves.append(Leaf(path: path, scalar: scalar, elements: elements))
        }
    }
}

extension JSONTree {
    fileprivate var isContainer: Bool {
        switch value {
        case .object, .list: true
        case .text, .number, .boolean, .null, .noNumber: false
        }
    }
}
