/// Compares patterns with one event, and finds words for what does not hold.
struct Explainer {
    let event: EventTree
    private let fields: [ByteText: EventField]

    init(event: EventTree) {
        self.event = event
        fields = Dictionary(grouping: event.leaves) { ByteText($0.path) }.mapValues(EventField.init)
    }

    func leaves(at path: String) -> [EventTree.Leaf] { fields[ByteText(path)]?.leaves ?? [] }

    func explanation(of pattern: EventPattern) -> PatternExplanation {
        let conflicts = pattern.alternatives.map(conflict)
        let matches = conflicts.contains { $0 == .none }
        var entries: [ValueExplanation] = []
        var seen: Set<PatternField> = []
        for (fields, conflict) in zip(pattern.alternatives, conflicts) {
            for field in fields {
                let reason: String? = if case .elements(field, let reason) = conflict { reason } else { nil }
                for leaf in field.leaves where seen.insert(PatternField(path: field.path, leaves: [leaf])).inserted {
                    entries.append(entry(for: leaf, at: field.path, conflict: matches ? nil : reason))
                }
            }
        }
        return PatternExplanation(matches: matches, explanation: entries)
    }

    private func entry(for leaf: PatternLeaf, at path: String, conflict: String?) -> ValueExplanation {
        let found = leaves(at: path)
        let values = found.prefix(10).map(\.scalar.tree)
        let reason = reason(whyNot: leaf, at: path, found) ?? conflict
        return ValueExplanation(
            path: event.spelled(path), expected: ExplainedValue(leaf.tree),
            found: values.isEmpty ? nil : ExplainedValue(.listOrOne(values)), matches: reason == nil, reason: reason)
    }
}

extension Explainer {
    /// Why an alternative does not hold as a whole.
    private enum Conflict: Equatable {
        case none
        case field
        /// Every field holds alone, but this one in none of the elements in which those before it do.
        case elements(PatternField, String)
    }

    /// A choice of elements in which the fields so far hold, and the paths that must have no value there.
    private struct Way: Hashable {
        var elements: [Int: Int] = [:]
        var absent: Set<ByteText> = []
    }

    private func conflict(_ fields: [PatternField]) -> Conflict {
        for field in fields where !holds(field) { return .field }
        var ways: Set<Way> = [Way()]
        for (index, field) in fields.enumerated() {
            let arrays = arrays(of: fields[(index + 1)...] + fields.filter { $0.leaves.contains(.exists(false)) })
            ways = Set(ways.flatMap { extended($0, by: field, keeping: arrays) })
            if ways.isEmpty { return .elements(field, reason(forConflictOf: field, among: fields)) }
        }
        if ways.contains(where: isAbsent) { return .none }
        let field = fields.last { $0.leaves.contains(.exists(false)) } ?? fields[0]
        return .elements(field, reason(forConflictOf: field, among: fields))
    }

    private func holds(_ field: PatternField) -> Bool {
        field.leaves.contains(.exists(false))
            || leaves(at: field.path).contains { leaf in field.leaves.contains { $0.holds(for: leaf.scalar) } }
    }

    /// The arrays that fields still to come may lie in: which element of another one was chosen no longer matters.
    private func arrays(of fields: some Sequence<PatternField>) -> Set<Int> {
        Set(fields.lazy.flatMap { leaves(at: $0.path) }.flatMap(\.elements.keys))
    }

    private func extended(_ way: Way, by field: PatternField, keeping arrays: Set<Int>) -> [Way] {
        var ways: [Way] = []
        for leaf in leaves(at: ByteText(field.path), in: way) {
            guard field.leaves.contains(where: { $0.holds(for: leaf.scalar) }) else { continue }
            var next = way
            next.elements.merge(leaf.elements) { before, _ in before }
            next.elements = next.elements.filter { arrays.contains($0.key) }
            ways.append(next)
        }
        if field.leaves.contains(.exists(false)) {
            var next = way
            next.absent.insert(ByteText(field.path))
            ways.append(next)
        }
        return ways
    }

    private func leaves(at path: ByteText, in way: Way) -> some Sequence<EventTree.Leaf> {
        (fields[path]?.leaves(near: way.elements) ?? []).lazy.filter { leaf in
            leaf.elements.allSatisfy { array, index in way.elements[array] ?? index == index }
        }
    }

    private func isAbsent(_ way: Way) -> Bool {
        way.absent.allSatisfy { path in !leaves(at: path, in: way).contains { _ in true } }
    }

    private func reason(forConflictOf field: PatternField, among fields: [PatternField]) -> String {
        let arrays = arrays(of: [field])
        let others = fields.filter { $0 != field && !self.arrays(of: [$0]).isDisjoint(with: arrays) }.map {
            "`\(event.spelled($0.path))`"
        }.joined(separator: ", ")
        return
            "`\(event.spelled(field.path))` holds, but not in the same element of an array as \(others); fields inside "
            + "one array must hold in one element of it"
    }
}

extension EventScalar {
    /// The scalar as JSON.
    var tree: JSONTree {
        switch self {
        case .null: JSONTree(.null)
        case .boolean(let boolean): JSONTree(.boolean(boolean))
        case .number(let number): JSONTree(.number(number))
        case .text(let text): .text(text)
        }
    }
}
