extension EventPattern {
    init(parsing root: PatternNode) throws(EventPatternError) {
        guard case .object(let members) = root else {
            throw .malformed("A pattern is a JSON object such as {\"type\":[\"order.created.v1\"]}, not \(root.kind).")
        }
        self.init(fields: try Self.fields(of: members, under: ""))
    }

    /// The fields below one object. They come in the order of their names, since a decoder keeps no order.
    private static func fields(
        of members: [String: PatternNode], under parent: String
    ) throws(EventPatternError) -> [PatternField] {
        guard !members.isEmpty else {
            throw .malformed("An object is empty; name at least one field in it.", path: parent)
        }
        var fields: [PatternField] = []
        for (name, node) in members.sorted(by: { $0.key < $1.key }) {
            let path = PatternField.canonical(parent.isEmpty ? name : "\(parent).\(name)")
            guard name != "$or" else {
                throw .unsupported("\"$or\" is not supported yet.", path: path)
            }
            switch node {
            case .object(let inner): fields += try Self.fields(of: inner, under: path)
            case .list(let values): fields.append(try field(path, values))
            case .text, .other:
                throw .malformed("A field takes a list of values, such as [\"x\"], not \(node.kind).", path: path)
            }
        }
        // In JSON text the last of them would win, but a decoder no longer knows which one that was.
        var paths: Set<String> = []
        for field in fields where !paths.insert(field.path).inserted {
            throw .unsupported("The field is named twice; name it once and list all its values.", path: field.path)
        }
        return fields
    }

    private static func field(_ path: String, _ values: [PatternNode]) throws(EventPatternError) -> PatternField {
        guard !values.isEmpty else { throw .emptyList(path: path) }
        guard path == PatternField.type else {
            throw .unsupported("The field \"\(path)\" is not supported yet; only \"type\" is.", path: path)
        }
        var leaves: [PatternLeaf] = []
        for value in values {
            leaves.append(try PatternLeaf(parsing: value, path: path))
        }
        return PatternField(path: path, leaves: leaves)
    }
}
