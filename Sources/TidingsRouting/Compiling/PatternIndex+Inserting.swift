extension PatternIndex {
    /// Adds an alternative of a pattern.
    ///
    /// - Parameters:
    ///   - fields: The fields of which each must hold.
    ///   - order: The place of the id in the order of insertion.
    mutating func insert(_ fields: [PatternField], order: Int32) {
        if fields.count == 1, !fields[0].acceptsAbsence {
            compile(fields[0], path: pathNumber(of: fields[0]), into: newSlot(order), meaning: order)
            return
        }
        let numbers = fields.map { partNumber(of: $0) }
        let first = Int32(alternativeParts.count)
        alternativeParts += numbers
        guard let key = numbers.indices.min(by: { cost(fields[$0], numbers[$0]) < cost(fields[$1], numbers[$1]) })
        else {
            return
        }
        let part = Int(numbers[key])
        if parts[part].alternatives < 0, parts[part].presence >= 0 { absences.append(numbers[key]) }
        alternatives.append(
            PatternAlternative(
                order: order, firstPart: first, partCount: Int32(numbers.count), next: parts[part].alternatives))
        parts[part].alternatives = Int32(alternatives.count - 1)
        parts[part].alternativeCount += 1
    }

    private mutating func newSlot(_ meaning: Int32) -> Int {
        slots.append(meaning)
        return slots.count - 1
    }

    private mutating func pathNumber(of field: PatternField) -> Int {
        let path = names.insert(ByteText(field.path))
        while paths.count <= Int(path) { paths.append(PathTests(path: UInt32(paths.count))) }
        return Int(path)
    }

    private mutating func partNumber(of field: PatternField) -> Int32 {
        if let number = partNumbers[field] { return number }
        let path = pathNumber(of: field)
        if field.acceptsAbsence, paths[path].presence < 0 {
            paths[path].presence = Int32(parts.count)
            parts.append(PatternPart(presence: -1))
        }
        let number = Int32(parts.count)
        parts.append(PatternPart(presence: field.acceptsAbsence ? paths[path].presence : -1))
        partNumbers[field] = number
        compile(field, path: path, into: newSlot(~number), meaning: ~number)
        return number
    }

    /// How much looking at alternatives costs if they hang on this part: the less often it holds, the better.
    private func cost(_ field: PatternField, _ part: Int32) -> Int {
        let leaf = field.leaves.map(\.breadth).max() ?? 0
        return leaf * 1_000_000 + Int(parts[Int(part)].alternativeCount)
    }

    /// Leads the tests of a field to its slot.
    ///
    /// - Parameter meaning: What the slot stands for.
    private mutating func compile(_ field: PatternField, path: Int, into slot: Int, meaning: Int32) {
        var excluding: Int?
        for leaf in field.leaves {
            guard case .anythingBut(let others) = leaf else {
                insert(leaf, path: path, Target(slot: slot))
                continue
            }
            // What one of them excludes another may still accept, so that each has a slot.
            let own = excluding == nil ? slot : newSlot(meaning)
            excluding = own
            if paths[path].unless < 0 {
                paths[path].unless = Int32(exclusions.count)
                exclusions.append(ExclusionGroup())
            }
            exclusions[Int(paths[path].unless)].insert(own, isPart: meaning < 0)
            insert(others, path: path, Target(exception: own))
        }
    }
}

extension PatternField {
    /// Whether the field holds if it has no value.
    var acceptsAbsence: Bool {
        leaves.contains { leaf in
            if case .exists(false) = leaf { true } else { false }
        }
    }
}

extension PatternLeaf {
    /// How many values hold, roughly.
    fileprivate var breadth: Int {
        switch self {
        case .text, .number: 0
        case .equalsIgnoringCase, .cidr: 1
        case .prefix, .suffix, .wildcard: 2
        case .null, .boolean, .numeric: 3
        case .anythingBut: 4
        case .exists(let exists): exists ? 5 : 6
        }
    }
}
