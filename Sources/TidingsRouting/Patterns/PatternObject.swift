/// An object of a pattern as it was written, once it is known to be right.
struct PatternObject: Sendable {
    /// Where a member stands, for a refusal.
    struct Place: Sendable {
        /// The names on the way, as they were written.
        let path: String
        /// Bytes from the beginning of the text; nil if there is no text.
        let offset: Int?
    }

    /// A name in the object and what stands under it.
    enum Member: Sendable {
        case field(name: String, leaves: [PatternLeaf], Place)
        indirect case object(name: String, PatternObject)
        /// `$or`: of these objects one must hold.
        case choice([PatternObject], Place)
    }

    var members: [Member]
}

extension PatternObject {
    /// The object as JSON.
    var node: JSONTree {
        JSONTree(
            .object(
                members.map { member in
                    switch member {
                    case .field(let name, let leaves, _):
                        JSONTree.Member(key: name, node: .list(leaves.map(\.tree)))
                    case .object(let name, let object): JSONTree.Member(key: name, node: object.node)
                    case .choice(let objects, _):
                        JSONTree.Member(key: PatternGrammar.choice, node: .list(objects.map(\.node)))
                    }
                }))
    }
}

extension PatternObject {
    /// Whether no path is given values twice, so that the order of the members says nothing. Objects of one `$or` may
    /// name the same paths.
    var namesEachPathOnce: Bool {
        var paths: Set<ByteText> = []
        return collect(into: &paths, under: "")
    }

    private func collect(into paths: inout Set<ByteText>, under parent: String) -> Bool {
        for member in members {
            switch member {
            case .field(let name, _, _):
                guard paths.insert(ByteText("\(parent).\(name)")).inserted else { return false }
            case .object(let name, let object):
                guard object.collect(into: &paths, under: "\(parent).\(name)") else { return false }
            case .choice(let objects, _):
                let before = paths
                for object in objects {
                    var inner = before
                    guard object.collect(into: &inner, under: parent) else { return false }
                    paths.formUnion(inner)
                }
            }
        }
        return true
    }
}
