/// What patterns ask of the values at one path: where to look.
struct PathTests: Sendable {
    /// What a text in the table of values stands for.
    enum Kind: UInt32 {
        case text
        case numberText
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
    /// The part that stands for having a value at all, where someone wants to have none; otherwise -1.
    var presence: Int32 = -1
    /// Lists of targets.
    var present: Int32 = -1
    var null: Int32 = -1
    var isTrue: Int32 = -1
    var isFalse: Int32 = -1
    /// Lists of lengths.
    var prefixLengths: Int32 = -1
    var suffixLengths: Int32 = -1
    var foldedPrefixLengths: Int32 = -1
    var foldedSuffixLengths: Int32 = -1
    var block4Lengths: Int32 = -1
    var block6Lengths: Int32 = -1
    /// The list of the first ranges.
    var fewIntervals: Int32 = -1
    /// The number of the set of the other ranges, or -1.
    var intervals: Int32 = -1
    /// The number of the group of slots that hold unless excluded, or -1.
    var unless: Int32 = -1

    init(path: UInt32) {
        self.path = path
    }

    @inline(__always)
    func has(_ kind: Kind) -> Bool { kinds & (1 << kind.rawValue) != 0 }

    /// Whether any test looks at the bytes of a string.
    @inline(__always)
    var readsStrings: Bool { kinds & ~(1 << Kind.number.rawValue | 1 << Kind.numberText.rawValue) != 0 }

    /// Whether any test looks at the value of a number.
    @inline(__always)
    var readsNumbers: Bool {
        kinds & (1 << Kind.number.rawValue | 1 << Kind.numberText.rawValue) != 0 || fewIntervals >= 0
    }

    @inline(__always)
    func domain(_ kind: Kind) -> UInt32 { path << 4 | kind.rawValue }
}
