/// Whether the fields of a pattern can hold together: no two of them in different elements of the same array.
///
/// Each field holds in some places, and is there in some, a place being an element of an array or the event itself. What
/// must hold takes an element of each array it is in; what must be absent looks only at the elements that were taken, and
/// at the whole of the arrays from which none was. A field may be allowed to do either.
///
/// The arrays form a tree. Where no name comes twice, each field lies in one array of an element at most, so that each
/// array is decided by itself: it takes the first of its elements in which all its fields can do what they must. The
/// elements are found by the field that holds in the fewest of them.
///
/// Where names come twice a field may lie in several arrays side by side, and the ways to choose among them are tried:
/// see ``chooses(_:_:in:_:)``. That is given up after a number of steps that grows with the places of the fields.
struct ArrayConsistency {
    /// A bit for each field; a pattern has no more than 256.
    typealias FieldSet = SIMD4<UInt64>

    /// Where a field holds and where it is there: ranges of `sorted`.
    struct Field {
        var held: Range<Int>
        var present: Range<Int>
    }

    /// What is asked of the fields in a place.
    struct Demand {
        /// They hold here, in one element of each array on the way.
        var held = FieldSet()
        /// They do, or have no value here.
        var either = FieldSet()
        /// They have no value here.
        var absent = FieldSet()
        /// They hold elsewhere but might as well do so here, if that takes an element in which others are absent.
        var free = FieldSet()

        /// Whether an array may be left alone.
        var isEmpty: Bool { held | either | absent == FieldSet() }

        /// Asks something more.
        mutating func add(_ other: Demand) {
            held |= other.held
            either |= other.either
            absent |= other.absent
            free |= other.free
        }
    }

    /// An array and what is asked of it.
    struct Share {
        let array: Int32
        var demand = Demand()
    }

    /// How many steps the search among arrays may take at least.
    static let leastSteps = 10_000

    var places = ArrayPlaces()
    /// Places in the order of the text, for one field after another.
    var sorted: [Int32] = []
    var fields: [Field] = []
    var asked = Demand()
    var shares: [Share] = []
    /// The elements that were taken, and nothing of use where the fields cannot hold together.
    var taken: [Int32] = []
    /// How many places were looked at for this event, and how many are left for the search of this pattern.
    var steps = 0
    var stepsLeft = 0
    var isSearching = false

    /// Forgets the event.
    @inline(__always)
    mutating func beginEvent() {
        places.removeAll()
        if !sorted.isEmpty { sorted.removeAll(keepingCapacity: true) }
        steps = 0
    }

    /// Forgets what it was asked of the event before.
    mutating func begin() {
        places.measure()
        fields.removeAll(keepingCapacity: true)
        asked = Demand()
    }

    /// Keeps the places from a number on as those of one field: in their order, each once.
    mutating func sort(from start: Int) -> Range<Int> {
        let unsorted = (start + 1..<max(start + 1, sorted.count)).contains { sorted[$0 - 1] >= sorted[$0] }
        guard unsorted else { return start..<sorted.count }
        sorted[start...].sort()
        var end = start
        for index in start..<sorted.count where end == start || sorted[index] != sorted[end - 1] {
            sorted[end] = sorted[index]
            end += 1
        }
        sorted.removeLast(sorted.count - end)
        return start..<end
    }

    /// Adds a field.
    ///
    /// - Parameters:
    ///   - held: Where it holds, none if nowhere.
    ///   - present: If it may be absent, where it is there; otherwise nil.
    mutating func expect(held: Range<Int>, absentBut present: Range<Int>?) {
        let set = Self.set(of: fields.count)
        fields.append(Field(held: held, present: present ?? 0..<0))
        if present == nil {
            asked.held |= set
        } else if held.isEmpty {
            asked.absent |= set
        } else {
            asked.either |= set
        }
    }

    /// Whether the fields can all do what was expected.
    mutating func holds() -> Bool {
        shares.removeAll(keepingCapacity: true)
        taken.removeAll(keepingCapacity: true)
        stepsLeft = fields.reduce(Self.leastSteps) { $0 + 4 * ($1.held.count + $1.present.count) }
        isSearching = false
        return holds(asked, inElement: 0)
    }

    @inline(__always)
    static func set(of field: Int) -> FieldSet {
        var set = FieldSet()
        set[field >> 6] = 1 << UInt64(field & 63)
        return set
    }
}

extension ArrayConsistency.FieldSet {
    @inline(__always)
    var isNone: Bool { self == Self() }

    /// The first field; nil if there is none.
    var firstMember: Int? {
        for word in 0..<4 where self[word] != 0 { return word << 6 | self[word].trailingZeroBitCount }
        return nil
    }

    func contains(_ field: Int) -> Bool { self[field >> 6] >> UInt64(field & 63) & 1 != 0 }

    /// The numbers of the fields.
    @inline(__always)
    func forEachMember(_ body: (Int) -> Void) {
        for word in 0..<4 {
            var bits = self[word]
            while bits != 0 {
                body(word << 6 | bits.trailingZeroBitCount)
                bits &= bits &- 1
            }
        }
    }
}
