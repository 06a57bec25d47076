/// Any number of patterns compiled into flat arrays with integer links, without the ids they are for.
///
/// Each alternative of a pattern with one field has a slot; each distinct field of alternatives with several has one as
/// well and is called a part. Tests of values lead to slots. When the event has been read, satisfied slots of
/// single fields are answers; satisfied parts lead to the alternatives that hang on them, each on the one of its parts
/// that seemed the most selective, and these are looked at one by one.
@usableFromInline
struct PatternIndex: Sendable {
    var names = NameTrie()
    /// By the number of the path.
    var paths: [PathTests] = []
    var values: ByteTable
    var lists = TargetLists()
    var lengths = LengthLists()
    var wildcards = WildcardList()
    var fewIntervals = IntervalList()
    var intervals: [IntervalSet] = []
    var exclusions: [ExclusionGroup] = []

    /// What a slot stands for: the place of an id in the order of insertion, or `~` of the number of a part.
    var slots: [Int32] = []
    var parts: [PatternPart] = []
    var partNumbers: [PatternField: Int32] = [:]
    var alternatives: [PatternAlternative] = []
    var alternativeParts: [Int32] = []
    /// The parts that hold without a value and that alternatives hang on.
    var absences: [Int32] = []
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
        return node >= 0 && names.nodes[Int(node)].isFollowed
    }

    /// How many bytes of memory it takes, without the fields that several alternatives share.
    @usableFromInline var byteCount: Int {
        names.byteCount + values.byteCount + lists.byteCount + lengths.byteCount + wildcards.byteCount
            + fewIntervals.byteCount + paths.capacity * MemoryLayout<PathTests>.stride + slots.capacity * 4
            + intervals.reduce(0) { $0 + $1.byteCount } + exclusions.reduce(0) { $0 + $1.byteCount }
            + parts.capacity * MemoryLayout<PatternPart>.stride + alternativeParts.capacity * 4
            + alternatives.capacity * MemoryLayout<PatternAlternative>.stride
            + partNumbers.capacity * MemoryLayout<(PatternField, Int32)>.stride
    }
}
