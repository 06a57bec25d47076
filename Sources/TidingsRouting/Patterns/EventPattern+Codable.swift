extension EventPattern: Codable {
    /// Reads the JSON form, or text that holds it.
    ///
    /// - Parameter decoder: A decoder of JSON, or of anything with objects, arrays and text.
    /// - Throws: ``EventPatternError`` for what is not a pattern, with the path of the field; with the position, too, if
    ///   there is text. Text that is not JSON at all is the decoder's to refuse, with an error of its own.
    public init(from decoder: any Decoder) throws {
        let node = try JSONTree(from: decoder)
        if case .text(let json) = node.value {
            try self.init(description: json)
        } else {
            do throws(PatternRefusal) {
                try self.init(parsing: node)
            } catch {
                throw error.error()
            }
        }
    }

    /// Writes the JSON form, or text that holds it where an encoder would lose something: the digits of a number that
    /// no double holds, or which of two values for one path came last. Reading it back gives an equal pattern.
    ///
    /// - Parameter encoder: The encoder to write to.
    /// - Throws: Only what the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        let node = written.node
        if node.survivesEncoder, written.namesEachPathOnce {
            try node.encode(to: encoder)
        } else {
            var container = encoder.singleValueContainer()
            try container.encode(node.json)
        }
    }
}
