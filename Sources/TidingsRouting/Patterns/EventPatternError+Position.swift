extension EventPatternError {
    /// A place in the text of a pattern.
    public struct Position: Sendable, Hashable, CustomStringConvertible {
        /// Bytes from the beginning of the text.
        public let offset: Int
        /// The line, from 1.
        public let line: Int
        /// The column, from 1, in Unicode scalars.
        public let column: Int

        /// The place that lies so many bytes into a text.
        ///
        /// - Parameters:
        ///   - offset: Bytes from the beginning; one beyond the end is the end.
        ///   - text: The whole text, in UTF-8.
        public init(offset: Int, in text: [UInt8]) {
            let before = text.prefix(offset)
            let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            self.offset = offset
            self.line = 1 + before.count { $0 == UInt8(ascii: "\n") }
            self.column = 1 + before[lineStart...].count { !UTF8.isContinuation($0) }
        }

        /// Such as `line 1, column 12`.
        public var description: String { "line \(line), column \(column)" }
    }
}
