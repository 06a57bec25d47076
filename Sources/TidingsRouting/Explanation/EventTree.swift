/// An event as a tree, for what looks at one event and one pattern and may take its time.
package struct EventTree {
    /// A leaf of an event: a scalar and where it stands.
    struct Leaf {
        /// The names on the way, joined by dots; the first is the CloudEvents one.
        let path: String
        /// The first name as the event has it.
        let name: String
        let scalar: EventScalar
        /// The innermost element of an array that an object or an array with this leaf is, or 0. Scalars that stand right
        /// in an array are where the array is.
        let place: Int32

        /// The path in the event's own names: `detail.state` where it has `detail` for `data`.
        var spelled: String {
            PatternField.canonical(name) == name ? path : EventTree.path(path, from: name)
        }
    }

    /// Every leaf, in the order of the text; a key that stands twice gives two.
    let leaves: [Leaf]
    /// The paths of objects and arrays, also of those without a leaf, and what they are.
    let containers: [(path: String, kind: String)]
    /// The arrays with objects or arrays in them, and the elements that these are.
    let places: ArrayPlaces
    /// What the event itself calls its type and its data, where it has one name for them.
    private let names: [String: String]

    /// Reads an event.
    ///
    /// - Parameter json: One JSON object in UTF-8.
    /// - Throws: Why it is not an event, and where.
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
        collector.places.measure()
        leaves = collector.leaves
        containers = collector.containers
        places = collector.places
        names = Dictionary(
            members.map { (Self.first(of: PatternField.canonical($0.key)), Self.first(of: $0.key)) },
            uniquingKeysWith: { first, other in first == other ? first : PatternField.canonical(first) })
    }

    private static func first(of path: String) -> String { String(path.prefix { $0 != "." }) }

    private static func path(_ path: String, from name: String) -> String {
        first(of: name) + path.dropFirst(first(of: path).count)
    }

    /// A path in the event's own names, also of a field that it does not have. Where the event has both names of a field,
    /// that is the one of CloudEvents.
    func spelled(_ path: String) -> String {
        guard let name = names[Self.first(of: path)] else { return path }
        return Self.path(path, from: name)
    }
}

extension EventTree {
    private struct Collector {
        var leaves: [Leaf] = []
        var containers: [(path: String, kind: String)] = []
        var places = ArrayPlaces()
        private var place: Int32 = 0
        private var name = ""

        mutating func add(_ members: [JSONTree.Member], under parent: String?) {
            for member in members {
                if parent == nil { name = member.key }
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
                let outside = place
                let array = nodes.contains(where: \.isContainer) ? places.append(in: outside) : outside
                for node in nodes {
                    if node.isContainer { place = places.append(in: array) }
                    add(node, at: path)
                    place = outside
                }
            case .text(let text): leave(.text(ByteText(text)), at: path)
            case .number(let number): leave(.number(number), at: path)
            case .boolean(let boolean): leave(.boolean(boolean), at: path)
            case .null: leave(.null, at: path)
            case .noNumber: break
            }
        }

        private mutating func leave(_ scalar: EventScalar, at path: String) {
            leaves.append(Leaf(path: path, name: name, scalar: scalar, place: place))
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
