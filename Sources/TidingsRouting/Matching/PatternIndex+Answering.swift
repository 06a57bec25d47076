extension PatternIndex {
    /// Turns satisfied slots into the places of ids in the order of insertion, each once.
    @inline(never)
    func answer(_ scratch: MatchScratch) {
        let isSorted = drainSlots(scratch)
        if hasParts {
            let simple = scratch.foundCount
            answerParts(scratch)
            if !isSorted { scratch.sortFound() } else { scratch.settleFound(from: simple) }
        } else if !isSorted {
            scratch.sortFound()
        }
        scratch.satisfiedParts.removeAll(keepingCapacity: true)
    }

    /// Takes over what the slots say; false if that is not in order.
    private func drainSlots(_ scratch: MatchScratch) -> Bool {
        scratch.reserveFound(slots.count)
        let number = scratch.number
        let marks = scratch.partMarks
        let found = scratch.found
        var count = 0
        var last: Int32 = -1
        var isSorted = true
        scratch.drainSlots { slot in
            let meaning = slots[slot]
            if meaning >= 0 {
                if meaning <= last { isSorted = false }
                last = meaning
                found[count] = meaning
                count &+= 1
            } else {
                let part = Int(~meaning)
                guard marks[part].free != number else { return }
                marks[part].free = number
                if marks[part].bound != number { scratch.satisfiedParts.append(~meaning) }
            }
        }
        scratch.foundCount = count
        return isSorted
    }

    private func answerParts(_ scratch: MatchScratch) {
        for part in scratch.satisfiedParts { answer(part, scratch) }
        for part in absences {
            let presence = Int(parts[Int(part)].presence)
            if scratch.partMarks[presence].free != scratch.number { answer(part, scratch) }
        }
    }

    /// Looks at the alternatives that hang on a part.
    private func answer(_ part: Int32, _ scratch: MatchScratch) {
        var link = parts[Int(part)].alternatives
        while link >= 0 {
            let alternative = alternatives[Int(link)]
            if holds(alternative, scratch) { scratch.appendFound(alternative.order) }
            link = alternative.next
        }
    }

    private func holds(_ alternative: PatternAlternative, _ scratch: MatchScratch) -> Bool {
        let number = scratch.number
        var bound = 0
        var isAbsenceOpen = false
        for index in Int(alternative.firstPart)..<Int(alternative.firstPart + alternative.partCount) {
            let part = Int(alternativeParts[index])
            let mark = scratch.partMarks[part]
            if mark.free == number { continue }
            switch absence(of: part, scratch) {
            case .certain: break
            case .open: isAbsenceOpen = true
            case .excluded:
                guard mark.bound == number else { return false }
                bound += 1
            }
        }
        if !isAbsenceOpen, bound < 2 { return true }
        return isConsistent(alternative, isAbsenceOpen: isAbsenceOpen, scratch)
    }

    private enum Absence {
        case certain
        /// The field is there, but only inside of arrays.
        case open
        case excluded
    }

    @inline(__always)
    private func absence(of part: Int, _ scratch: MatchScratch) -> Absence {
        let presence = parts[part].presence
        guard presence >= 0 else { return .excluded }
        let mark = scratch.partMarks[Int(presence)]
        if mark.free == scratch.number { return .excluded }
        return mark.bound == scratch.number ? .open : .certain
    }

    /// Whether the parts hold together, not in different elements of one array.
    private func isConsistent(
        _ alternative: PatternAlternative, isAbsenceOpen: Bool, _ scratch: MatchScratch
    ) -> Bool {
        let number = scratch.number
        scratch.consistency.begin()
        for offset in 0..<Int(alternative.partCount) {
            let part = Int(alternativeParts[Int(alternative.firstPart) + offset])
            let mark = scratch.partMarks[part]
            // What holds outside of arrays may still stand in for others inside, but only where one wants to be absent.
            if mark.free == number, !isAbsenceOpen || mark.bound != number { continue }
            let absence = absence(of: part, scratch)
            if absence == .certain { continue }
            let held = mark.bound == number ? scratch.sortedPlaces(of: part) : 0..<0
            let present = absence == .open ? scratch.sortedPlaces(of: Int(parts[part].presence)) : nil
            scratch.consistency.expect(held: held, absentBut: present)
        }
        return scratch.consistency.holds()
    }
}
