extension ArrayConsistency {
    /// The first index of a field's places that is not before a place.
    @inline(__always)
    func firstIndex(from place: Int32, in range: Range<Int>) -> Int {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low &+ high) >> 1
            if sorted[middle] < place { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    /// The first of a field's places that is not before a place and before another one; nil if there is none.
    @inline(__always)
    func first(in range: Range<Int>, from place: Int32, before end: Int32) -> Int32? {
        let index = firstIndex(from: place, in: range)
        return index < range.upperBound && sorted[index] < end ? sorted[index] : nil
    }

    /// The fields of a set that hold in a place or below.
    @inline(__always)
    func reaching(_ place: Int32, _ set: FieldSet) -> FieldSet {
        var result = FieldSet()
        let end = places.ends[Int(place)]
        set.forEachMember {
            if first(in: fields[$0].held, from: place, before: end) != nil { result |= Self.set(of: $0) }
        }
        return result
    }

    /// The fields of a set that are there in a place or below.
    @inline(__always)
    private func presentBelow(_ place: Int32, _ set: FieldSet) -> FieldSet {
        var result = FieldSet()
        let end = places.ends[Int(place)]
        set.forEachMember {
            if first(in: fields[$0].present, from: place, before: end) != nil { result |= Self.set(of: $0) }
        }
        return result
    }

    /// The fields of a set that hold right in a place.
    @inline(__always)
    private func held(at place: Int32, _ set: FieldSet) -> FieldSet {
        var result = FieldSet()
        set.forEachMember {
            if first(in: fields[$0].held, from: place, before: place + 1) != nil { result |= Self.set(of: $0) }
        }
        return result
    }

    /// The fields of a set that are there right in a place.
    @inline(__always)
    private func present(at place: Int32, _ set: FieldSet) -> FieldSet {
        var result = FieldSet()
        set.forEachMember {
            if first(in: fields[$0].present, from: place, before: place + 1) != nil { result |= Self.set(of: $0) }
        }
        return result
    }

    /// Counts a step; false if the search has had its share.
    @inline(__always)
    mutating func step() -> Bool {
        steps &+= 1
        guard isSearching else { return true }
        stepsLeft &-= 1
        return stepsLeft > 0
    }

    /// Whether an element that was taken can give what is asked; the event itself is one.
    mutating func holds(_ demand: Demand, inElement element: Int32) -> Bool {
        guard step(), var below = rest(of: demand, in: element) else { return false }
        if below.isEmpty { return true }
        if (below.either | below.absent).isNone { below.free = FieldSet() }
        let start = shares.count
        defer { shares.removeLast(shares.count - start) }
        let several = divide(below, in: element)
        if several.isNone {
            let before = taken.count
            for index in start..<shares.count where !holds(shares[index].demand, inArray: shares[index].array) {
                taken.removeLast(taken.count - before)
                return false
            }
            return true
        }
        let wasSearching = isSearching
        isSearching = true
        defer { isSearching = wasSearching }
        return chooses(several, below, in: element, start..<shares.count)
    }

    /// What is left to ask of the arrays in an element; nil if they could not give it.
    private func rest(of demand: Demand, in element: Int32) -> Demand? {
        guard present(at: element, demand.absent).isNone else { return nil }
        let own = held(at: element, demand.held | demand.either)
        var rest = Demand()
        rest.free = demand.free | own
        rest.held = demand.held & ~own
        let either = demand.either & ~own
        // What is there but does not hold cannot be absent any more, only hold in an array below.
        let caught = present(at: element, either)
        rest.held |= caught
        guard reaching(element, rest.held) == rest.held else { return nil }
        rest.either = reaching(element, either & ~caught)
        rest.absent = presentBelow(element, demand.absent | (either & ~caught & ~rest.either))
        return rest
    }

    /// Whether an array can give what is asked, from one of its elements or, if that is nothing, from none.
    mutating func holds(_ demand: Demand, inArray array: Int32) -> Bool {
        if demand.isEmpty { return true }
        let end = places.ends[Int(array)]
        let rarest = rarest(demand.held, in: array, before: end)
        var place = array
        while true {
            let next =
                if let rarest {
                    first(in: fields[rarest].held, from: place, before: end)
                } else {
                    earliest(demand.either | demand.free, from: place, before: end)
                }
            guard let next else { return false }
            let element = places.child(of: array, around: next)
            taken.append(element)
            if holds(demand, inElement: element) { return true }
            taken.removeLast()
            place = places.ends[Int(element)]
            if isSearching, stepsLeft <= 0 { return false }
        }
    }

    /// The field that holds in the fewest places of an array; nil if there is none.
    private func rarest(_ set: FieldSet, in array: Int32, before end: Int32) -> Int? {
        var best: Int?
        var least = Int.max
        set.forEachMember { field in
            let range = fields[field].held
            let count = firstIndex(from: end, in: range) - firstIndex(from: array, in: range)
            if count < least { (best, least) = (field, count) }
        }
        return best
    }

    /// The first place in which one of several fields holds; nil if there is none.
    private func earliest(_ set: FieldSet, from place: Int32, before end: Int32) -> Int32? {
        var best: Int32?
        set.forEachMember { field in
            guard let next = first(in: fields[field].held, from: place, before: end) else { return }
            if best.map({ next < $0 }) ?? true { best = next }
        }
        return best
    }
}
