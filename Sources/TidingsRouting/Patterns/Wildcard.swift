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
