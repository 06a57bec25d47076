extension ByteText: Comparable {
    /// By the bytes, which is by the Unicode scalars.
    package static func < (left: ByteText, right: ByteText) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
