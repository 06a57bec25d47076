/// Text in which `*` stands for zero or more characters, `\*` and `\\` for the characters themselves.
package struct Wildcard: Hashable, Sendable {
    /// As it was written, escapes and all.
    package let source: ByteText
    /// The literal texts between the stars, unescaped: one more than there are stars. Only the first and the last may
    /// be empty, since no star follows another.
    package let segments: [ByteText]

    init(source: ByteText, segments: [ByteText]) {
        self.source = source
        self.segments = segments
    }

    /// How many stars have text after them: how many places in it one text can have reached at the same time.
    package var complexity: Int {
        segments.count - (segments.last?.bytes.isEmpty == true ? 2 : 1)
    }

    package static func == (left: Wildcard, right: Wildcard) -> Bool {
        left.source == right.source
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(source)
    }
}

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
