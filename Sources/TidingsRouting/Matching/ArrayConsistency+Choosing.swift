extension ArrayConsistency {
    /// Divides what is asked of an element among the arrays in it: adds to `shares`, in the order of the arrays.
    ///
    /// - Returns: The fields that could come from several of them, which takes names that come twice. None of the shares
    ///   has them yet.
    mutating func divide(_ demand: Demand, in element: Int32) -> FieldSet {
        let start = shares.count
        var several = FieldSet()
        demand.held.forEachMember { field in
            let set = Self.set(of: field)
            if !addShare(of: fields[field].held, in: element, Demand(held: set)) { several |= set }
        }
        demand.either.forEachMember { field in
            let set = Self.set(of: field)
            if !addShare(of: fields[field].present, in: element, Demand(either: set)) { several |= set }
        }
        demand.free.forEachMember { field in
            let set = Self.set(of: field)
            if !addShare(of: fields[field].held, in: element, Demand(free: set)) { several |= set }
        }
        demand.absent.forEachMember { field in
            addShares(of: fields[field].present, in: element, Demand(absent: Self.set(of: field)))
        }
        several.forEachMember { field in
            addShares(of: demand.either.contains(field) ? fields[field].present : fields[field].held, in: element)
        }
        if shares.count - start > 1 { mergeShares(from: start) }
        return several
    }

    /// Asks something of the one array in an element that has places of a range; false, and asks nothing, if several do.
    private mutating func addShare(of range: Range<Int>, in element: Int32, _ demand: Demand) -> Bool {
        let end = places.ends[Int(element)]
        guard let place = first(in: range, from: element + 1, before: end) else { return true }
        let array = places.child(of: element, around: place)
        guard first(in: range, from: places.ends[Int(array)], before: end) == nil else { return false }
        shares.append(Share(array: array, demand: demand))
        return true
    }

    /// Asks something of each array in an element that has places of a range.
    private mutating func addShares(of range: Range<Int>, in element: Int32, _ demand: Demand = Demand()) {
        var next = nextArray(of: range, in: element, from: element + 1)
        while let array = next {
            shares.append(Share(array: array, demand: demand))
            next = nextArray(of: range, in: element, from: places.ends[Int(array)])
        }
    }

    /// The next array in an element that has places of a range; nil if there is none.
    private func nextArray(of range: Range<Int>, in element: Int32, from place: Int32) -> Int32? {
        let next = first(in: range, from: place, before: places.ends[Int(element)])
        return next.map { places.child(of: element, around: $0) }
    }

    /// Puts shares in order and makes one of those of the same array.
    private mutating func mergeShares(from start: Int) {
        if shares[start...].dropFirst().allSatisfy({ $0.array == shares[start].array }) {
            for share in shares[(start + 1)...] { shares[start].demand.add(share.demand) }
            shares.removeLast(shares.count - start - 1)
            return
        }
        shares[start...].sort { $0.array < $1.array }
        var last = start
        for index in start + 1..<shares.count {
            if shares[index].array == shares[last].array {
                shares[last].demand.add(shares[index].demand)
            } else {
                last += 1
                shares[last] = shares[index]
            }
        }
        shares.removeLast(shares.count - last - 1)
    }

    /// Whether the shares can be given if each of the fields that could come from several arrays is taken from one of
    /// them, or from none if it may be absent. Looks at one way after another; false once the steps are used up.
    ///
    /// - Parameters:
    ///   - open: The fields to choose arrays for.
    ///   - demand: What is asked of the element the arrays are in.
    ///   - range: The shares of the arrays.
    mutating func chooses(_ open: FieldSet, _ demand: Demand, in element: Int32, _ range: Range<Int>) -> Bool {
        guard step() else { return false }
        guard let field = open.firstMember else {
            let before = taken.count
            for index in range where !holds(shares[index].demand, inArray: shares[index].array) {
                taken.removeLast(taken.count - before)
                return false
            }
            return true
        }
        let set = Self.set(of: field)
        let places = fields[field].held
        var next = nextArray(of: places, in: element, from: element + 1)
        while let array = next {
            let index = shareIndex(of: array, in: range)
            let before = shares[index].demand
            shares[index].demand.add(demand.free.contains(field) ? Demand(free: set) : Demand(held: set))
            if mayHold(shares[index]), chooses(open & ~set, demand, in: element, range) { return true }
            shares[index].demand = before
            guard step() else { return false }
            next = nextArray(of: places, in: element, from: self.places.ends[Int(array)])
        }
        guard demand.either.contains(field) else { return false }
        return isAbsent(field, open, demand, in: element, range)
    }

    /// Whether the shares can be given if a field is absent in all of them.
    private mutating func isAbsent(
        _ field: Int, _ open: FieldSet, _ demand: Demand, in element: Int32, _ range: Range<Int>
    ) -> Bool {
        let set = Self.set(of: field)
        let present = fields[field].present
        var next = nextArray(of: present, in: element, from: element + 1)
        while let array = next {
            shares[shareIndex(of: array, in: range)].demand.absent |= set
            guard step() else { return false }
            next = nextArray(of: present, in: element, from: places.ends[Int(array)])
        }
        if chooses(open & ~set, demand, in: element, range) { return true }
        for index in range { shares[index].demand.absent &= ~set }
        return false
    }

    /// Whether what must hold in an array can, so far: more that must hold can only make it harder.
    private mutating func mayHold(_ share: Share) -> Bool {
        guard !share.demand.held.isNone else { return true }
        let before = taken.count
        defer { taken.removeLast(taken.count - before) }
        return holds(Demand(held: share.demand.held), inArray: share.array)
    }

    private func shareIndex(of array: Int32, in range: Range<Int>) -> Int {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low &+ high) >> 1
            if shares[middle].array < array { low = middle &+ 1 } else { high = middle }
        }
        assert(low < range.upperBound && shares[low].array == array, "an array without a share")
        return low
    }
}
