extension Explainer {
    /// Why a value does not hold; nil if it does.
    ///
    /// - Parameters:
    ///   - found: The leaves at the path that are looked at.
    ///   - elsewhere: Whether there are others, in elements of arrays in which other fields do not hold.
    func reason(
        whyNot leaf: PatternLeaf, at path: String, _ found: [EventTree.Leaf], elsewhere: Bool
    ) -> String? {
        if leaf == .exists(false) {
            guard let first = found.first else { return nil }
            let times = found.count == 1 ? "," : " \(found.count) times, first"
            return "`\(first.spelled)` is there\(times) \(first.scalar.phrase); `exists: false` wants no value"
        }
        guard let first = found.first else {
            guard elsewhere else { return absence(of: path) }
            return "no field `\(event.spelled(path))` in the element of an array in which the other fields hold"
        }
        if found.contains(where: { leaf.holds(for: $0.scalar) }) { return nil }
        let subject = found.count == 1 ? "" : "none of the \(found.count) values of "
        let verb = found.count == 1 ? "is" : "holds: the first is"
        let sentence = "\(subject)`\(first.spelled)` \(verb) \(first.scalar.phrase)"
        if let kind = leaf.kind(ifNot: first.scalar) { return "\(sentence); \(kind)" }
        return "\(sentence), \(leaf.difference(from: first.scalar))"
    }

    private func absence(of path: String) -> String {
        let spelled = event.spelled(path)
        if let container = event.containers.first(where: { $0.path.utf8.elementsEqual(path.utf8) }) {
            return "`\(spelled)` is \(container.kind); a pattern's values stand for scalars"
        }
        if let text = event.leaves.first(where: { path.hasPrefix($0.path + ".") && $0.scalar.isTextOfJSON }) {
            return
                "no field `\(spelled)`: `\(text.spelled)` is a string that holds JSON, and a pattern sees the string; "
                + "publish it as JSON, without the quotes around it"
        }
        guard let nearest = nearestPath(to: path) else { return "no field `\(spelled)`" }
        return "no field `\(spelled)`; there is `\(event.spelled(nearest))`"
    }

    /// A path of the event that may be meant: one beside it with nearly its name, or one that is near as a whole.
    private func nearestPath(to path: String) -> String? {
        let paths = Set(event.leaves.map(\.path) + event.containers.map(\.path)).sorted()
        let names = path.split(separator: ".", omittingEmptySubsequences: false)
        for depth in names.indices {
            let known = names[..<depth].joined(separator: ".")
            let step = names[...depth].joined(separator: ".")
            guard !paths.contains(where: { $0 == step || $0.hasPrefix(step + ".") }) else { continue }
            let beside = paths.filter { depth == 0 ? !$0.contains(".") : isChild($0, of: known) }
            let siblings = Dictionary(beside.map { (String($0.dropFirst(depth == 0 ? 0 : known.count + 1)), $0) }) {
                $1
            }
            if let name = EditDistance.nearest(to: String(names[depth]), among: siblings.keys.sorted()) {
                let whole = ([siblings[name] ?? name] + names[(depth + 1)...].map(String.init)).joined(separator: ".")
                return paths.contains(whole) ? whole : siblings[name]
            }
            break
        }
        return EditDistance.nearest(to: path, among: paths.filter { !path.hasPrefix($0 + ".") })
    }

    private func isChild(_ path: String, of parent: String) -> Bool {
        path.hasPrefix(parent + ".") && !path.dropFirst(parent.count + 1).contains(".")
    }
}

extension EventScalar {
    /// Whether this is a string in which an object or an array stands as JSON.
    fileprivate var isTextOfJSON: Bool {
        guard case .text(let text) = self else { return false }
        let bytes = Array(text.bytes)
        let first = bytes.first { $0 > 0x20 }
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return false }
        return (try? JSON.validate(bytes)) != nil
    }

    /// Such as `the string "120"`, cut where it is long.
    var phrase: String {
        switch self {
        case .null: return "null"
        case .boolean(let boolean): return "the boolean \(boolean)"
        case .number(let number): return "the number \(Self.cut(number.text.string))"
        case .text(let text): return "the string \(JSONTree(.text(Self.cut(text.string))).json)"
        }
    }

    private static func cut(_ text: String) -> String {
        text.unicodeScalars.count <= 80 ? text : String(text.unicodeScalars.prefix(80)) + "…"
    }
}
