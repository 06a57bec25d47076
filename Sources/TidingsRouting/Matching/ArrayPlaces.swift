/// The arrays that a match walked through and their elements, in the order of the text, so that what stands inside of one
/// follows it at once.
struct ArrayPlaces {
    /// For each place what it stands in: for an array an element, for an element its array. The event itself, which is
    /// place 0, stands in nothing and is never looked up.
    private(set) var parents: [Int32] = []
    /// For each place the first one behind all that it holds; known when ``measure()`` was called.
    private(set) var ends: [Int32] = []

    var isEmpty: Bool { parents.isEmpty }

    /// Forgets them.
    @inline(__always)
    mutating func removeAll() {
        guard !parents.isEmpty else { return }
        parents.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    /// Adds an array, or an element of one.
    @inline(__always)
    mutating func append(in parent: Int32) -> Int32 {
        if parents.isEmpty { parents.append(0) }
        assert(parents.indices.contains(Int(parent)), "what a place stands in comes before it")
        parents.append(parent)
        return Int32(truncatingIfNeeded: parents.count &- 1)
    }

    /// Looks where each place ends, once for an event.
    mutating func measure() {
        guard ends.isEmpty else { return }
        if parents.isEmpty { parents.append(0) }
        ends.reserveCapacity(parents.count)
        for place in parents.indices { ends.append(Int32(place) + 1) }
        for place in parents.indices.dropFirst().reversed() {
            let parent = Int(parents[place])
            ends[parent] = max(ends[parent], ends[place])
        }
    }

    /// Which place right inside of another one holds this one.
    @inline(__always)
    func child(of place: Int32, around inner: Int32) -> Int32 {
        assert(place < inner && inner < ends[Int(place)], "a place that does not hold the other one")
        var here = inner
        while parents[Int(here)] != place { here = parents[Int(here)] }
        return here
    }
}
