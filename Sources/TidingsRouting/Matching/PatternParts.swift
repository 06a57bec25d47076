/// A field of patterns that have several, or that want one absent: it is shared by all that ask the same of it.
struct PatternPart: Sendable {
    /// For a part that also holds if its path has no value: the part that stands for having one; otherwise -1.
    let presence: Int32
    /// The first of the alternatives that are looked at when this part holds.
    var alternatives: Int32 = -1
    var alternativeCount: Int32 = 0
}

/// One way in which a pattern can hold: all its parts do.
struct PatternAlternative: Sendable {
    /// The place of the id in the order of insertion, or -1 if it was removed.
    let order: Int32
    let firstPart: Int32
    let partCount: Int32
    /// The next alternative that hangs on the same part.
    let next: Int32
}
