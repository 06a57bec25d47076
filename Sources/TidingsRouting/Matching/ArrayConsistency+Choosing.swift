extension ArrayConsistency {
    private func isEmpty(_ set: PartSet) -> Bool { set == PartSet() }

    /// Whether parts hold at a node or below, while others are absent there.
    ///
    /// - Parameters:
    ///   - wanted: What must hold; for an array at least one.
    ///   - absent: Whose field must not be there.
    mutating func holds(_ wanted: PartSet, without absent: PartSet, at index: Int) throws(JSONError) -> Bool {
        guard isEmpty(wanted & ~nodes[index].reach), isEmpty(absent & nodes[index].present) else { return false }
        let absent = absent & nodes[index].presentReach
        if nodes[index].isArray {
            var child = nodes[index].firstChild
            while child >= 0 {
                if try holds(wanted, without: absent, at: Int(child)) { return true }
                child = nodes[Int(child)].nextSibling
            }
            return false
        }
        // What holds right here settles it, unless an element has to be chosen for what is absent in it.
        let rest = isEmpty(absent) ? wanted & ~nodes[index].own : wanted
        if isEmpty(rest), isEmpty(absent) { return true }
        var once = rest & nodes[index].own
        var twice = PartSet()
        var child = nodes[index].firstChild
        while child >= 0 {
            twice |= once & nodes[Int(child)].reach
            once |= nodes[Int(child)].reach
            child = nodes[Int(child)].nextSibling
        }
        let ambiguous = twice & rest
        if isEmpty(ambiguous) { return try holds(rest, without: absent, below: index) }
        return try choose(ambiguous, rest & ~ambiguous, without: absent, at: index)
    }

    /// Whether parts hold that each can come from one place only.
    private mutating func holds(
        _ wanted: PartSet, without absent: PartSet, below index: Int
    ) throws(JSONError) -> Bool {
        var child = nodes[index].firstChild
        while child >= 0 {
            let share = wanted & ~nodes[index].own & nodes[Int(child)].reach
            if try !holds(share, without: absent, in: Int(child)) { return false }
            child = nodes[Int(child)].nextSibling
        }
        return true
    }

    /// Whether an array gives its share; one that gives nothing must hold nothing that is to be absent.
    private mutating func holds(
        _ share: PartSet, without absent: PartSet, in array: Int
    ) throws(JSONError) -> Bool {
        if isEmpty(share) { return isEmpty(absent & nodes[array].presentReach) }
        return try holds(share, without: absent, at: array)
    }

    /// Whether parts hold if those that could come from several places are taken from one of them each.
    private mutating func choose(
        _ open: PartSet, _ certain: PartSet, without absent: PartSet, at index: Int
    ) throws(JSONError) -> Bool {
        var arrays: [Int] = []
        var child = nodes[index].firstChild
        while child >= 0 {
            arrays.append(Int(child))
            child = nodes[Int(child)].nextSibling
        }
        let shares = arrays.map { certain & ~nodes[index].own & nodes[$0].reach }
        return try choose(open, shares, from: arrays, own: nodes[index].own, without: absent)
    }

    private mutating func choose(
        _ open: PartSet, _ shares: [PartSet], from arrays: [Int], own: PartSet, without absent: PartSet
    ) throws(JSONError) -> Bool {
        try countChoice()
        guard let word = (0..<4).first(where: { open[$0] != 0 }) else {
            for (array, share) in zip(arrays, shares) where try !holds(share, without: absent, in: array) {
                return false
            }
            return true
        }
        var part = PartSet()
        part[word] = open[word] & (~open[word] &+ 1)
        if isEmpty(part & ~own), try choose(open & ~part, shares, from: arrays, own: own, without: absent) {
            return true
        }
        for place in arrays.indices where isEmpty(part & ~nodes[arrays[place]].reach) {
            var next = shares
            next[place] |= part
            if try choose(open & ~part, next, from: arrays, own: own, without: absent) { return true }
        }
        return false
    }
}
