/// What patterns ask of the values at one path: where to look.
struct PathTests: Sendable {
    /// What a text in the table of values stands for.
    enum Kind: UInt32 {
        case text
        case numberText
        /// A number that no double holds, by its value.
        case decimal
        case number
        case prefix
        case suffix
        case foldedText
        case foldedPrefix
        case foldedSuffix
        case gram
        case block4
        case block6
    }

    /// The number of the path.
    let path: UInt32
    /// A bit for each kind of which there is something.
    var kinds: UInt32 = 0
    /// Bit n: some wildcard is looked for by n bytes that it holds.
    var gramSizes: UInt8 = 0
    /// The part that stands for having a value at all, where someone wants to have none.
    var presence = PartID.none
    /// Lists of targets.
    var present = TargetLink.none
    var null = TargetLink.none
    var isTrue = TargetLink.none
    var isFalse = TargetLink.none
    /// Lists of lengths.
    var prefixLengths = LengthLink.none
    var suffixLengths = LengthLink.none
    var foldedPrefixLengths = LengthLink.none
    var foldedSuffixLengths = LengthLink.none
    var block4Lengths = LengthLink.none
    var block6Lengths = LengthLink.none
    /// The list of the first ranges.
    var fewIntervals = IntervalLink.none
    /// The set of the other ranges.
    var intervals = IntervalSetID.none
    /// The group of slots that hold unless excluded.
    var unless = ExclusionID.none

    init(path: UInt32) {
        self.path = path
    }

    @inline(__always)
    func has(_ kind: Kind) -> Bool { kinds & (1 << kind.rawValue) != 0 }

    /// Whether any test looks at the bytes of a string.
    @inline(__always)
    var readsStrings: Bool { kinds & ~Self.numbers != 0 }

    /// Whether any test looks at the value of a number.
    @inline(__always)
    var readsNumbers: Bool { readsEqualNumbers || !fewIntervals.isNone }

    /// Whether any test asks for one number.
    @inline(__always)
    var readsEqualNumbers: Bool { kinds & Self.numbers != 0 }

    @inline(__always)
    private static var numbers: UInt32 {
        1 << Kind.number.rawValue | 1 << Kind.numberText.rawValue | 1 << Kind.decimal.rawValue
    }

    @inline(__always)
    func domain(_ kind: Kind) -> UInt32 { path << 4 | kind.rawValue }
}
