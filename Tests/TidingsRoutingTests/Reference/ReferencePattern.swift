/// A pattern, multiplied out into the ways in which it can hold; its text is known to be a pattern.
struct ReferencePattern {
    struct Field {
        let path: [UInt8]
        let leaves: [ReferenceLeaf]
    }

    let alternatives: [[Field]]

    init(json: some Sequence<UInt8>) {
        guard case .object(let members) = ReferenceValue(json) else {
            alternatives = []
            return
        }
        alternatives = Self.alternatives(of: members, under: nil, from: [[]])
    }

    private static func alternatives(
        of members: [ReferenceValue.Member], under parent: [UInt8]?, from before: [[Field]]
    ) -> [[Field]] {
        var alternatives = before
        for member in members {
            let path = ReferenceEvent.path(member.name, under: parent)
            switch member.value {
            case .array(let objects) where member.name.elementsEqual("$or".utf8):
                alternatives = objects.flatMap { object in
                    guard case .object(let members) = object else { return [[Field]]() }
                    return Self.alternatives(of: members, under: parent, from: alternatives)
                }
            case .array(let values):
                let field = Field(path: path, leaves: values.map(ReferenceLeaf.init))
                // The last one for a path wins.
                alternatives = alternatives.map { $0.filter { $0.path != path } + [field] }
            case .object(let members):
                alternatives = Self.alternatives(of: members, under: path, from: alternatives)
            case .text, .number, .boolean, .null: break
            }
        }
        return alternatives
    }
}
