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
            switch slots[slot].kind {
            case .answer(let order):
                if order <= last { isSorted = false }
                last = order
                found[count] = order
                count &+= 1
            case .part(let part):
                guard marks[part.offset].free != number else { return }
                marks[part.offset].free = number
                if marks[part.offset].bound != number { scratch.satisfiedParts.append(part) }
            }
        }
        scratch.foundCount = count
        return isSorted
    }

    private func answerParts(_ scratch: MatchScratch) {
        for part in scratch.satisfiedParts { answer(part, scratch) }
        for part in absences {
            let presence = parts[part].presence
            if scratch.partMarks[presence.offset].free != scratch.number { answer(part, scratch) }
        }
    }

    /// Looks at the alternatives that need a part.
    private func answer(_ part: PartID, _ scratch: MatchScratch) {
        var link = parts[part].alternatives
        while !link.isNone {
            let alternative = alternatives[link]
            if holds(alternative, scratch) { scratch.appendFound(alternative.order) }
            link = alternative.next
        }
    }

    private func holds(_ alternative: PatternAlternative, _ scratch: MatchScratch) -> Bool {
        let number = scratch.number
        var bound = 0
        var isAbsenceOpen = false
        for index in Int(alternative.firstPart)..<Int(alternative.firstPart + alternative.partCount) {
            let part = alternativeParts[index]
            let mark = scratch.partMarks[part.offset]
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
    private func absence(of part: PartID, _ scratch: MatchScratch) -> Absence {
        let presence = parts[part].presence
        guard !presence.isNone else { return .excluded }
        let mark = scratch.partMarks[presence.offset]
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
            let part = alternativeParts[Int(alternative.firstPart) + offset]
            let mark = scratch.partMarks[part.offset]
            // What holds outside of arrays may still stand in for others inside, but only where one wants to be absent.
            if mark.free == number, !isAbsenceOpen || mark.bound != number { continue }
            let absence = absence(of: part, scratch)
            if absence == .certain { continue }
            let held = mark.bound == number ? scratch.sortedPlaces(of: part) : 0..<0
            let present = absence == .open ? scratch.sortedPlaces(of: parts[part].presence) : nil
            scratch.consistency.expect(held: held, absentBut: present)
        }
        return scratch.consistency.holds()
    }
}
