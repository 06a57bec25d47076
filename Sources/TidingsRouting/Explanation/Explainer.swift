/// Compares a pattern with one event, and finds words for what does not hold.
///
/// Whether an alternative of the pattern holds is decided as the matcher does it, by ``ArrayConsistency``, which also
/// tells the elements of arrays in which its fields hold together. Values are judged there.
struct Explainer {
    /// An alternative of the pattern, as far as it goes.
    private struct Attempt {
        let number: Int
        let fields: [PatternField]
        /// The fields that have no value that holds anywhere.
        var failing: [PatternField] = []
        /// Holds elsewhere, but not together with the fields before it.
        var conflicting: PatternField?
        /// The arrays of which elements were taken, and which.
        var way: [Int32: Int32] = [:]
    }

    let event: EventTree
    private let leaves: [ByteText: [EventTree.Leaf]]
    private var consistency = ArrayConsistency()
    private var ranges: [PatternField: ArrayConsistency.Field] = [:]

    init(event: EventTree) {
        self.event = event
        leaves = Dictionary(grouping: event.leaves) { ByteText($0.path) }
        consistency.places = event.places
    }

    /// What there is to say of a pattern.
    ///
    /// - Parameter matches: What the matcher says.
    mutating func explanation(of pattern: EventPattern, matches: Bool) -> PatternExplanation {
        let attempt = matches ? holding(pattern.alternatives) : nearest(pattern.alternatives)
        var entries: [ValueExplanation] = []
        var headline: String?
        for (field, numbers) in numbered(pattern.alternatives) {
            let isTried = numbers.contains(attempt.number)
            let reasons = field.leaves.map { leaf in
                isTried
                    ? reason(whyNot: leaf, of: field, in: attempt, matches: matches) : reason(whyNot: leaf, of: field)
            }
            if isTried, headline == nil, !matches, isCulprit(field, in: attempt) {
                headline = summary(of: reasons.compactMap(\.self), of: field)
            }
            let found = leaves[ByteText(field.path)] ?? []
            let path = found.first?.spelled ?? event.spelled(field.path)
            let values = found.prefix(10).map(\.scalar.tree)
            for (leaf, reason) in zip(field.leaves, reasons) {
                entries.append(
                    ValueExplanation(
                        path: path, alternatives: numbers, expected: ExplainedValue(leaf.tree),
                        found: values.isEmpty ? nil : ExplainedValue(.listOrOne(values)), matches: reason == nil,
                        reason: reason))
            }
        }
        return PatternExplanation(
            matches: matches, reason: matches ? nil : headline ?? Self.unknown, alternative: attempt.number,
            explanation: entries)
    }

    /// The reason where the search among names that come twice was given up.
    private static let unknown =
        "each field holds, but among the arrays of names that come twice no way was found in which they hold together"

    private func isCulprit(_ field: PatternField, in attempt: Attempt) -> Bool {
        attempt.failing.isEmpty ? field == attempt.conflicting : attempt.failing.contains(field)
    }

    private func summary(of reasons: [String], of field: PatternField) -> String? {
        let count = field.leaves.count
        guard let first = reasons.first, count > 1, leaves[ByteText(field.path)] != nil else { return reasons.first }
        return first
            + (count == 2 ? "; nor does the other value hold" : "; nor does any of the other \(count - 1) values hold")
    }

    /// Each field once, with the numbers of the alternatives that have it, in the order of the alternatives.
    private func numbered(_ alternatives: [[PatternField]]) -> [(PatternField, [Int])] {
        var order: [PatternField] = []
        var numbers: [PatternField: [Int]] = [:]
        for (index, fields) in alternatives.enumerated() {
            for field in fields {
                if numbers[field] == nil { order.append(field) }
                numbers[field, default: []].append(index + 1)
            }
        }
        return order.map { ($0, numbers[$0] ?? []) }
    }
}

extension Explainer {
    /// The first alternative that holds; that some does is known.
    private mutating func holding(_ alternatives: [[PatternField]]) -> Attempt {
        for (index, fields) in alternatives.enumerated() {
            if let way = way(of: fields) { return Attempt(number: index + 1, fields: fields, way: way) }
        }
        return nearest(alternatives)
    }

    /// The first of the alternatives with the fewest fields that fail, and what fails in it.
    private mutating func nearest(_ alternatives: [[PatternField]]) -> Attempt {
        var best: Attempt?
        for (index, fields) in alternatives.enumerated() {
            let failing = fields.filter { !canHold($0) }
            if best.map({ failing.count < $0.failing.count }) ?? true {
                best = Attempt(number: index + 1, fields: fields, failing: failing)
            }
            if failing.isEmpty { break }
        }
        var attempt = best ?? Attempt(number: 1, fields: [])
        let holding = attempt.fields.filter { !attempt.failing.contains($0) }
        // What must hold comes first, so that what must be absent is looked for where it does.
        let ordered = holding.filter { !$0.acceptsAbsence } + holding.filter(\.acceptsAbsence)
        if let way = way(of: ordered) {
            attempt.way = way
            return attempt
        }
        // More fields are never easier, so that the first one too many is found by halves.
        var (fewer, more) = (0, ordered.count)
        while more - fewer > 1 {
            let middle = (fewer + more) / 2
            if way(of: Array(ordered[..<middle])) == nil { more = middle } else { fewer = middle }
        }
        attempt.conflicting = ordered[more - 1]
        attempt.way = way(of: Array(ordered[..<fewer])) ?? [:]
        return attempt
    }

    private mutating func canHold(_ field: PatternField) -> Bool {
        let range = range(of: field)
        guard range.held.isEmpty else { return true }
        return field.acceptsAbsence && (range.present.isEmpty || consistency.sorted[range.present.lowerBound] != 0)
    }

    /// The elements that some fields take to hold together; nil if they cannot.
    private mutating func way(of fields: [PatternField]) -> [Int32: Int32]? {
        let ranges = fields.map { range(of: $0) }
        consistency.begin()
        for (field, range) in zip(fields, ranges) {
            consistency.expect(held: range.held, absentBut: field.acceptsAbsence ? range.present : nil)
        }
        guard consistency.holds() else { return nil }
        return Dictionary(consistency.taken.map { (event.places.parents[Int($0)], $0) }) { _, last in last }
    }

    /// Where a field holds and where it is there.
    private mutating func range(of field: PatternField) -> ArrayConsistency.Field {
        if let known = ranges[field] { return known }
        let found = leaves[ByteText(field.path)] ?? []
        let start = consistency.sorted.count
        consistency.sorted += found.filter { leaf in field.leaves.contains { $0.holds(for: leaf.scalar) } }.map(\.place)
        let held = consistency.sort(from: start)
        consistency.sorted += found.map(\.place)
        let present = consistency.sort(from: held.upperBound)
        let range = ArrayConsistency.Field(held: held, present: present)
        ranges[field] = range
        return range
    }
}

extension Explainer {
    private func reason(whyNot leaf: PatternLeaf, of field: PatternField) -> String? {
        reason(whyNot: leaf, at: field.path, leaves[ByteText(field.path)] ?? [], elsewhere: false)
    }

    /// Why a value does not hold in an alternative; nil if it does.
    private func reason(
        whyNot leaf: PatternLeaf, of field: PatternField, in attempt: Attempt, matches: Bool
    ) -> String? {
        let all = leaves[ByteText(field.path)] ?? []
        guard field != attempt.conflicting else {
            if matches { return leaf == .exists(false) ? nil : reason(whyNot: leaf, of: field) }
            return reason(whyNot: leaf, of: field) ?? conflict(of: field, among: attempt.fields)
        }
        let near = attempt.way.isEmpty ? all : all.filter { isIn(attempt.way, $0.place) }
        return reason(whyNot: leaf, at: field.path, near, elsewhere: near.count < all.count)
    }

    /// Whether a place is in no other element of an array than the one that was taken.
    private func isIn(_ way: [Int32: Int32], _ place: Int32) -> Bool {
        var here = place
        while here > 0 {
            let array = event.places.parents[Int(here)]
            if let taken = way[array], taken != here { return false }
            here = event.places.parents[Int(array)]
        }
        return true
    }

    private func conflict(of field: PatternField, among fields: [PatternField]) -> String {
        let arrays = arrays(of: field)
        let others = fields.filter { $0 != field && !self.arrays(of: $0).isDisjoint(with: arrays) }.map {
            "`\(event.spelled($0.path))`"
        }.joined(separator: ", ")
        return
            "`\(event.spelled(field.path))` holds, but not in the same element of an array as \(others); fields inside "
            + "one array must hold in one element of it"
    }

    /// The arrays that a field's values lie in.
    private func arrays(of field: PatternField) -> Set<Int32> {
        var arrays: Set<Int32> = []
        for leaf in leaves[ByteText(field.path)] ?? [] {
            var here = leaf.place
            while here > 0, arrays.insert(event.places.parents[Int(here)]).inserted {
                here = event.places.parents[Int(event.places.parents[Int(here)])]
            }
        }
        return arrays
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
