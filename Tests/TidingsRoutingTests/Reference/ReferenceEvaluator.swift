import TidingsRouting

/// One pattern against one event, in the most obvious way: what the compiled matcher must agree with.
///
/// It tries every leaf of the event for every field, and remembers in which elements of which arrays it is.
struct ReferenceEvaluator {
    private let leaves: [EventTree.Leaf]

    /// - Parameter event: One JSON object in UTF-8.
    init(event: some Sequence<UInt8>) throws(JSONError) {
        leaves = try EventTree(json: Array(event)).leaves
    }

    func matches(_ pattern: EventPattern) -> Bool {
        pattern.alternatives.contains { holds($0[...], in: [:], absent: []) }
    }

    /// Whether the fields hold, given the elements in which the fields before them were found, and the paths that
    /// those fields want absent.
    private func holds(_ fields: ArraySlice<PatternField>, in elements: [Int: Int], absent: [String]) -> Bool {
        guard let field = fields.first else {
            return absent.allSatisfy { path in !consistent(with: elements).contains { Self.same($0.path, path) } }
        }
        let rest = fields.dropFirst()
        for leaf in consistent(with: elements) where Self.same(leaf.path, field.path) {
            guard field.leaves.contains(where: { $0.holds(for: leaf.scalar) }) else { continue }
            let merged = elements.merging(leaf.elements) { before, _ in before }
            if holds(rest, in: merged, absent: absent) { return true }
        }
        return field.leaves.contains(.exists(false)) && holds(rest, in: elements, absent: absent + [field.path])
    }

    /// The leaves that are in no other element of an array than those.
    private func consistent(with elements: [Int: Int]) -> [EventTree.Leaf] {
        leaves.filter { leaf in
            leaf.elements.allSatisfy { array, index in elements[array] ?? index == index }
        }
    }

    private static func same(_ left: String, _ right: String) -> Bool {
        left.utf8.elementsEqual(right.utf8)
    }
}
