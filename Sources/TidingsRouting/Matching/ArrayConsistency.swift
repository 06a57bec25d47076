/// Whether parts of a pattern can hold together: no two of them from different elements of the same array.
///
/// The arrays and elements in which the parts held form a tree. A set of parts holds in an array if it holds in one of
/// its elements, and in an element if each part holds there itself or in an array below it. A part that wants a field to
/// be absent looks only at the elements that the other parts are taken from, and at arrays from which none is.
///
/// Where a part could come from several arrays side by side, which takes a name that comes twice or arrays in arrays,
/// the ways to choose are tried; their number is limited.
struct ArrayConsistency {
    /// A bit for each part; a pattern has no more than 256.
    typealias PartSet = SIMD4<UInt64>

    struct Node {
        let place: Int32
        let isArray: Bool
        /// What holds right here, and here or below.
        var own = PartSet()
        var reach = PartSet()
        /// Whose field is there right here, and here or below.
        var present = PartSet()
        var presentReach = PartSet()
        var firstChild: Int32 = -1
        var nextSibling: Int32 = -1
    }

    /// How many choices are tried for one alternative of a pattern.
    static let choiceLimit = 10_000

    var nodes: [Node] = []
    var choices = 0
    /// For each place one more than its node's index, or 0.
    private var indexes: [Int32] = []
    private var wanted = PartSet()
    private var absent = PartSet()
    /// The parts that may either hold or be absent.
    private var either: [PartSet] = []

    /// Forgets what it was asked before.
    mutating func begin(places: Int) {
        nodes.removeAll(keepingCapacity: true)
        either.removeAll(keepingCapacity: true)
        if indexes.count < places { indexes += [Int32](repeating: 0, count: places - indexes.count) }
        choices = 0
        wanted = PartSet()
        absent = PartSet()
    }

    /// Says what a part must do: hold, be absent, or either.
    mutating func expect(_ part: Int, held: Bool, absent isAbsent: Bool) {
        let set = Self.set(of: part)
        if held, isAbsent { either.append(set) } else if held { wanted |= set } else { absent |= set }
    }

    /// Notes that a part held in an element.
    mutating func insert(_ part: Int, at place: Int32, _ places: [ArrayPlace]) {
        nodes[node(at: place, places)].own |= Self.set(of: part)
    }

    /// Notes that a part's field is there in an element.
    mutating func insertPresence(_ part: Int, at place: Int32, _ places: [ArrayPlace]) {
        nodes[node(at: place, places)].present |= Self.set(of: part)
    }

    /// Whether the parts can all do what was expected.
    mutating func holds(_ places: [ArrayPlace]) throws(JSONError) -> Bool {
        let top = link(places)
        guard top >= 0 else { return false }
        return try holds(either[...], wanted, absent, at: top)
    }

    private static func set(of part: Int) -> PartSet {
        var set = PartSet()
        set[part >> 6] = 1 << UInt64(part & 63)
        return set
    }

    private mutating func node(at place: Int32, _ places: [ArrayPlace]) -> Int {
        var here = place
        while here >= 0, indexes[Int(here)] == 0 {
            nodes.append(Node(place: here, isArray: places[Int(here)].isArray))
            indexes[Int(here)] = Int32(nodes.count)
            here = places[Int(here)].parent
        }
        return Int(indexes[Int(place)]) - 1
    }

    /// Makes the nodes a tree; its root, or -1.
    private mutating func link(_ places: [ArrayPlace]) -> Int {
        // A place comes after the one it stands in.
        for index in nodes.indices.sorted(by: { nodes[$0].place > nodes[$1].place }) {
            nodes[index].reach |= nodes[index].own
            nodes[index].presentReach |= nodes[index].present
            let parent = places[Int(nodes[index].place)].parent
            guard parent >= 0 else { continue }
            let above = Int(indexes[Int(parent)]) - 1
            nodes[above].reach |= nodes[index].reach
            nodes[above].presentReach |= nodes[index].presentReach
            nodes[index].nextSibling = nodes[above].firstChild
            nodes[above].firstChild = Int32(index)
        }
        let top = nodes.isEmpty ? -1 : Int(indexes[0]) - 1
        for node in nodes { indexes[Int(node.place)] = 0 }
        return top
    }

    /// Decides for each part that may do either.
    private mutating func holds(
        _ either: ArraySlice<PartSet>, _ wanted: PartSet, _ absent: PartSet, at top: Int
    ) throws(JSONError) -> Bool {
        guard let part = either.first else { return try holds(wanted, without: absent, at: top) }
        try countChoice()
        let rest = either.dropFirst()
        if try holds(rest, wanted | part, absent, at: top) { return true }
        return try holds(rest, wanted, absent | part, at: top)
    }

    mutating func countChoice() throws(JSONError) {
        choices += 1
        guard choices <= Self.choiceLimit else { throw JSONError(.ambiguity, at: 0) }
    }
}
