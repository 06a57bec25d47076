/// Any number of patterns compiled into flat arrays with integer links, without the ids they are for.
///
/// Each alternative of a pattern with one field has a slot; each distinct field of alternatives with several has one as
/// well and is called a part. Tests of values lead to slots. When the event has been read, satisfied slots of
/// single fields are answers; satisfied parts lead to alternatives, each of which is looked at for the one of its
/// parts that seemed the most selective.
@usableFromInline
struct PatternIndex: Sendable {
    var names = NameTrie()
    var paths: [PathTests] = []
    var values: ByteTable<TargetLists.Link>
    var lists = TargetLists()
    var lengths = LengthLists()
    var wildcards = WildcardList()
    var fewIntervals = IntervalList()
    var intervals: [IntervalSet] = []
    var ranges: [NumericRange] = []
    var exclusions: [ExclusionGroup] = []

    var slots: [SlotMeaning] = []
    var parts: [PatternPart] = []
    var partIDs: [PatternField: PartID] = [:]
    var alternatives: [PatternAlternative] = []
    var alternativeParts: [PartID] = []
    /// The parts that hold without a value and for which alternatives are looked at.
    var absences: [PartID] = []
    /// Whether arrays matter, which they do only between the fields of one pattern.
    var hasParts: Bool { !parts.isEmpty }

    let pool = ScratchPool()

    @usableFromInline
    init() {
        values = ByteTable(seed: ByteHash.seed)
    }

    /// Whether any pattern looks into the data of an event.
    var readsData: Bool {
        let name: StaticString = "data"
        let node = names.child(of: NameTrie.root, name.utf8Start, count: name.utf8CodeUnitCount)
        return !node.isNone && names.nodes[node].isFollowed
    }

    /// How many bytes of memory it takes, without the fields that several alternatives share.
    @usableFromInline var byteCount: Int {
        names.byteCount + values.byteCount + lists.byteCount + lengths.byteCount + wildcards.byteCount
            + fewIntervals.byteCount + paths.capacity * MemoryLayout<PathTests>.stride + slots.capacity * 4
            + ranges.capacity * MemoryLayout<NumericRange>.stride + intervals.reduce(0) { $0 + $1.byteCount }
            + exclusions.reduce(0) { $0 + $1.byteCount }
            + parts.capacity * MemoryLayout<PatternPart>.stride + alternativeParts.capacity * 4
            + alternatives.capacity * MemoryLayout<PatternAlternative>.stride
            + partIDs.capacity * MemoryLayout<(PatternField, PartID)>.stride
    }
}
