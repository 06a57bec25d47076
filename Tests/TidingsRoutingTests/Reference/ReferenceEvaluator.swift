/// One pattern against one event, in the most obvious way: what the library must agree with, and nothing of it.
///
/// For each field every leaf of the event is tried, and where it may be, absence; whatever is chosen, no two leaves may be
/// in different elements of one array, and no leaf may be left where one is to be absent.
struct ReferenceEvaluator {
    let event: ReferenceEvent
    /// How many choices may be tried before the answer is nil.
    var limit = 5_000_000

    init(event: some Sequence<UInt8>) {
        self.event = ReferenceEvent(json: event)
    }

    /// Whether the event satisfies the pattern; nil if there are too many ways to try them all.
    func matches(_ pattern: ReferencePattern) -> Bool? {
        var choices = 0
        let isMatch = pattern.alternatives.contains { fields in
            let candidates = fields.map { field in
                event.leaves.filter { leaf in
                    leaf.path == field.path && field.leaves.contains { $0.holds(for: leaf.scalar) }
                }
            }
            return holds(Array(zip(fields, candidates))[...], in: [:], absent: [], &choices)
        }
        return choices > limit ? nil : isMatch
    }

    private func holds(
        _ fields: ArraySlice<(ReferencePattern.Field, [ReferenceEvent.Leaf])>, in elements: [Int: Int],
        absent: [[UInt8]], _ choices: inout Int
    ) -> Bool {
        choices += 1
        guard choices <= limit else { return false }
        guard let (field, candidates) = fields.first else {
            return !event.leaves.contains { absent.contains($0.path) && Self.isIn(elements, $0) }
        }
        for leaf in candidates where Self.isIn(elements, leaf) {
            let merged = elements.merging(leaf.elements) { before, _ in before }
            if holds(fields.dropFirst(), in: merged, absent: absent, &choices) { return true }
        }
        return field.leaves.contains(where: \.wantsAbsence)
            && holds(fields.dropFirst(), in: elements, absent: absent + [field.path], &choices)
    }

    /// Whether a leaf is in no other element of an array than those.
    private static func isIn(_ elements: [Int: Int], _ leaf: ReferenceEvent.Leaf) -> Bool {
        leaf.elements.allSatisfy { array, index in elements[array] ?? index == index }
    }
}
