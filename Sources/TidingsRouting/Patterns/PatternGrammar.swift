/// Judges the JSON of a pattern: what is right becomes a ``PatternObject``, what is wrong is refused with its place.
struct PatternGrammar {
    /// The name under which objects of which one must hold are listed.
    static let choice = "$or"

    /// The pattern's outermost object.
    static func pattern(_ node: JSONTree) throws(PatternRefusal) -> PatternObject {
        guard case .object(let members) = node.value else {
            throw .malformed(
                "A pattern is a JSON object such as {\"type\":[\"order.created.v1\"]}, not \(node.kind).", path: "",
                at: node.offset)
        }
        return try object(members, at: node.offset, under: nil)
    }

    private static func object(
        _ members: [JSONTree.Member], at offset: Int?, under parent: String?
    ) throws(PatternRefusal) -> PatternObject {
        guard !members.isEmpty else {
            throw .malformed("An object is empty; name at least one field in it.", path: parent ?? "", at: offset)
        }
        var result: [PatternObject.Member] = []
        for member in members {
            // At the top a field may have two names, of which the pattern keeps one.
            let name = parent == nil ? PatternField.canonical(member.key) : member.key
            let path = parent.map { "\($0).\(member.key)" } ?? member.key
            result.append(try self.member(name, member, path: path, under: parent))
        }
        return PatternObject(members: result)
    }

    private static func member(
        _ name: String, _ member: JSONTree.Member, path: String, under parent: String?
    ) throws(PatternRefusal) -> PatternObject.Member {
        switch member.node.value {
        case .list(let nodes) where name == choice:
            return .choice(
                try alternatives(nodes, at: member.node.offset, path: path, under: parent),
                PatternObject.Place(path: path, offset: member.offset))
        case _ where name == choice:
            throw .malformed(
                "\"$or\" takes a list of two or more objects, each a pattern, not \(member.node.kind).", path: path,
                at: member.node.offset)
        case .list(let nodes):
            return .field(
                name: name, leaves: try leaves(nodes, at: member.node.offset, path: path),
                PatternObject.Place(path: path, offset: member.offset))
        case .object(let members):
            return .object(name: name, try object(members, at: member.node.offset, under: path))
        default:
            throw .malformed(
                "A field takes a list of values, such as [\"x\"], not \(member.node.kind).", path: path,
                at: member.node.offset)
        }
    }

    private static func alternatives(
        _ nodes: [JSONTree], at offset: Int?, path: String, under parent: String?
    ) throws(PatternRefusal) -> [PatternObject] {
        guard nodes.count >= 2 else {
            throw .malformed(
                "\"$or\" takes two or more objects, of which one must hold; here \(nodes.isEmpty ? "is none" : "is one").",
                path: path, at: offset)
        }
        var result: [PatternObject] = []
        for node in nodes {
            guard case .object(let members) = node.value else {
                throw .malformed(
                    "\"$or\" lists objects, each a pattern, not \(node.kind).", path: path, at: node.offset)
            }
            result.append(try object(members, at: node.offset, under: parent))
        }
        return result
    }

    private static func leaves(
        _ nodes: [JSONTree], at offset: Int?, path: String
    ) throws(PatternRefusal) -> [PatternLeaf] {
        guard !nodes.isEmpty else { throw .emptyList(path: path, at: offset) }
        var leaves: [PatternLeaf] = []
        for node in nodes {
            leaves.append(try LeafGrammar(path: path).leaf(node))
        }
        return leaves
    }
}

extension PatternRefusal {
    static func emptyList(path: String, at offset: Int?) -> PatternRefusal {
        .malformed("The list is empty and could never hold; give at least one value.", path: path, at: offset)
    }
}
