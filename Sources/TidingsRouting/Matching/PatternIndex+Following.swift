extension PatternIndex {
    /// Goes through a list of targets that no wildcard is in.
    @inline(__always)
    func follow(_ list: TargetLink, _ walk: inout EventWalk) {
        var link = list
        while !link.isNone {
            follow(lists.target(link), &walk)
            link = lists.next(link)
        }
    }

    @inline(__always)
    func follow(_ target: Target, _ walk: inout EventWalk) {
        switch target.kind {
        case .slot(let slot): satisfy(slot, &walk)
        case .exception(let slot): walk.exceptions.append(slot)
        case .wildcard: break
        }
    }

    /// Goes through a list of targets; wildcards in it are tried on the text.
    func follow(_ list: TargetLink, _ text: UnsafePointer<UInt8>, _ count: Int, _ walk: inout EventWalk) {
        var link = list
        while !link.isNone {
            let target = lists.target(link)
            if case .wildcard(let wildcard) = target.kind {
                tryWildcard(wildcard, text, count, &walk)
            } else {
                follow(target, &walk)
            }
            link = lists.next(link)
        }
    }

    private func tryWildcard(
        _ wildcard: WildcardID, _ text: UnsafePointer<UInt8>, _ count: Int, _ walk: inout EventWalk
    ) {
        walk.markTried(wildcard)
        let target = wildcards.target(wildcard)
        if case .slot(let slot) = target.kind, !slots[slot].isPart, walk.contains(slot) { return }
        if wildcards.matches(wildcard, text, count: count) { follow(target, &walk) }
    }

    @inline(__always)
    func satisfy(_ slot: SlotID, _ walk: inout EventWalk) {
        if walk.place != 0, case .part(let part) = slots[slot].kind {
            walk.hit(part)
        } else {
            walk.insert(slot)
        }
    }

    /// Satisfies the slots that nothing excluded, word by word rather than one by one.
    @inline(never)
    func satisfyUnlessExcluded(_ group: ExclusionGroup, _ walk: inout EventWalk) {
        var before: UInt64 = 0
        let count = walk.exceptions.count
        let first = count > 0 ? walk.exceptions[0] : .none
        if count == 1, walk.contains(first) { before = 1 }
        if count > 1 || walk.place != 0 {
            satisfyInArray(group, &walk)
        } else {
            for word in group.words { walk.insert(word.bits, inWord: Int(word.index)) }
            if count == 1, before == 0 { walk.remove(first) }
        }
        walk.exceptions.removeAll(keepingCapacity: true)
    }

    private func satisfyInArray(_ group: ExclusionGroup, _ walk: inout EventWalk) {
        walk.exceptions.sort()
        let exceptions = walk.exceptions
        var next = 0
        for word in group.words {
            var excluded: UInt64 = 0
            while next < exceptions.count, Int32(exceptions[next].offset >> 6) == word.index {
                excluded |= 1 << UInt64(exceptions[next].offset & 63)
                next += 1
            }
            var parts = walk.place == 0 ? 0 : word.parts & ~excluded
            walk.insert(word.bits & ~excluded & (walk.place == 0 ? ~0 : ~word.parts), inWord: Int(word.index))
            while parts != 0 {
                let slot = SlotID(Int(word.index) << 6 | parts.trailingZeroBitCount)
                if case .part(let part) = slots[slot].kind { walk.hit(part) }
                parts &= parts &- 1
            }
        }
    }
}
