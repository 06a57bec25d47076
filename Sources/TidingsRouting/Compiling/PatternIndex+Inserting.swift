extension PatternIndex {
    /// Adds an alternative of a pattern.
    ///
    /// - Parameters:
    ///   - fields: The fields of which each must hold.
    ///   - order: The place of the id in the order of insertion.
    mutating func insert(_ fields: [PatternField], order: Int32) {
        if fields.count == 1, !fields[0].acceptsAbsence {
            let meaning = SlotMeaning(answer: order)
            compile(fields[0], path: path(of: fields[0]), into: newSlot(meaning), meaning)
            return
        }
        let ids = fields.map { self.part(of: $0) }
        let first = Int32(alternativeParts.count)
        alternativeParts += ids
        guard let key = ids.indices.min(by: { cost(fields[$0], ids[$0]) < cost(fields[$1], ids[$1]) })
        else {
            return
        }
        let part = ids[key]
        if parts[part].alternatives.isNone, !parts[part].presence.isNone { absences.append(part) }
        alternatives.append(
            PatternAlternative(
                order: order, firstPart: first, partCount: Int32(ids.count), next: parts[part].alternatives))
        parts[part].alternatives = AlternativeID(alternatives.count - 1)
        parts[part].alternativeCount += 1
    }

    private mutating func newSlot(_ meaning: SlotMeaning) -> SlotID {
        slots.append(meaning)
        return SlotID(slots.count - 1)
    }

    private mutating func path(of field: PatternField) -> PathID {
        let path = names.insert(ByteText(field.path))
        while paths.count <= path.offset { paths.append(PathTests(path: UInt32(paths.count))) }
        return path
    }

    private mutating func part(of field: PatternField) -> PartID {
        if let part = partIDs[field] { return part }
        let path = self.path(of: field)
        if field.acceptsAbsence, paths[path].presence.isNone {
            paths[path].presence = PartID(parts.count)
            parts.append(PatternPart(presence: .none))
        }
        let part = PartID(parts.count)
        parts.append(PatternPart(presence: field.acceptsAbsence ? paths[path].presence : .none))
        partIDs[field] = part
        compile(field, path: path, into: newSlot(SlotMeaning(part: part)), SlotMeaning(part: part))
        return part
    }

    /// How much looking at alternatives costs if that is done for this part: the less often it holds, the better.
    private func cost(_ field: PatternField, _ part: PartID) -> Int {
        let leaf = field.leaves.map(\.breadth).max() ?? 0
        return leaf * 1_000_000 + Int(parts[part].alternativeCount)
    }

    /// Leads the tests of a field to its slot.
    ///
    /// - Parameter meaning: What the slot stands for.
    private mutating func compile(_ field: PatternField, path: PathID, into slot: SlotID, _ meaning: SlotMeaning) {
        var excluding: SlotID?
        for leaf in field.leaves {
            guard case .anythingBut(let others) = leaf else {
                insert(leaf, path: path, Target(slot: slot))
                continue
            }
            // What one of them excludes another may still accept, so that each has a slot.
            let own = excluding == nil ? slot : newSlot(meaning)
            excluding = own
            if paths[path].unless.isNone {
                paths[path].unless = ExclusionID(exclusions.count)
                exclusions.append(ExclusionGroup())
            }
            exclusions[paths[path].unless].insert(own, isPart: meaning.isPart)
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
