extension Wildcard {
    /// Whether the whole text has the wildcard's form.
    ///
    /// - Complexity: The product of the lengths at worst.
    package func matches(_ text: ByteText) -> Bool {
        guard let first = segments.first, let last = segments.last else { return false }
        guard segments.count > 1 else { return text == first }
        guard text.bytes.count >= first.bytes.count + last.bytes.count, text.hasPrefix(first), text.hasSuffix(last)
        else {
            return false
        }
        // Between the two ends, each segment where it first stands: a later place could only leave less room.
        var rest = text.bytes.dropFirst(first.bytes.count).dropLast(last.bytes.count)
        for segment in segments.dropFirst().dropLast() {
            while !rest.starts(with: segment.bytes) {
                guard rest.count > segment.bytes.count else { return false }
                rest.removeFirst()
            }
            rest = rest.dropFirst(segment.bytes.count)
        }
        return true
    }
}
