extension ByteText {
    /// Whether the texts are the same, or the same after simple case folding.
    package func equals(_ other: ByteText, ignoringCase: Bool) -> Bool {
        ignoringCase ? folded.elementsEqual(other.folded) : self == other
    }

    /// Whether the text begins with the other; every text does with the empty one.
    package func hasPrefix(_ prefix: ByteText, ignoringCase: Bool = false) -> Bool {
        ignoringCase ? folded.starts(with: prefix.folded) : bytes.starts(with: prefix.bytes)
    }

    /// Whether the text ends with the other; every text does with the empty one.
    package func hasSuffix(_ suffix: ByteText, ignoringCase: Bool = false) -> Bool {
        ignoringCase
            ? folded.reversed().starts(with: suffix.folded.reversed())
            : bytes.reversed().starts(with: suffix.bytes.reversed())
    }

    /// The scalars, of which those that differ only in case are the same.
    private var folded: some BidirectionalCollection<UInt32> {
        string.unicodeScalars.lazy.map { CaseFolding.folded($0.value) }
    }
}
