/// A place in one of the flat arrays of a ``PatternIndex``: which element of an array of `Element`s.
///
/// It says by its type which array it belongs to, so that the number of a slot cannot be taken for that of a part. It may be
/// ``none``, and takes four bytes all the same; an `Optional` would take eight.
struct FlatIndex<Element>: Hashable, Sendable {
    /// Negative for none.
    private let number: Int32

    /// - Precondition: The number is not negative, and no more than `Int32.max`.
    @inline(__always)
    init(_ number: Int) {
        assert(0...Int(Int32.max) ~= number, "\(number) is not a place in an array of the index")
        self.number = Int32(truncatingIfNeeded: number)
    }

    @inline(__always)
    private init(rawNumber number: Int32) {
        self.number = number
    }

    /// No place: the end of a list, or a table that has nothing.
    @inline(__always)
    static var none: Self { Self(rawNumber: -1) }

    @inline(__always)
    var isNone: Bool { number < 0 }

    /// The place as an index.
    ///
    /// - Precondition: It is not ``none``.
    @inline(__always)
    var offset: Int {
        assert(!isNone, "an index that is none was used")
        return Int(number)
    }
}

extension FlatIndex: Comparable {
    static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

extension Array {
    @inline(__always)
    subscript(index: FlatIndex<Element>) -> Element {
        get { self[index.offset] }
        _modify { yield &self[index.offset] }
    }
}

typealias PathID = FlatIndex<PathTests>
typealias NodeID = FlatIndex<NameTrie.Node>
typealias SlotID = FlatIndex<SlotMeaning>
typealias PartID = FlatIndex<PatternPart>
typealias AlternativeID = FlatIndex<PatternAlternative>
typealias WildcardID = FlatIndex<CompiledWildcard>
typealias ExclusionID = FlatIndex<ExclusionGroup>
typealias IntervalSetID = FlatIndex<IntervalSet>
typealias RangeID = FlatIndex<NumericRange>
typealias TargetLink = FlatIndex<TargetLists.Link>
typealias LengthLink = FlatIndex<LengthLists.Link>
typealias IntervalLink = FlatIndex<IntervalList.Link>
typealias HitLink = FlatIndex<MatchScratch.Hit>
