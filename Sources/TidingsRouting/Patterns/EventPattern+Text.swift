extension EventPattern {
    /// Reads the JSON form.
    ///
    /// - Parameter json: One JSON object, strictly by RFC 8259, up to ``characterLimit`` long.
    /// - Throws: What is wrong, with the path of the field and the position in the text. Trying again cannot help.
    /// - Complexity: Linear in the text, and in the combinations its `$or`s give.
    public init(json: String) throws(EventPatternError) {
        try self.init(validJSON: Array(json.utf8))
    }

    /// Reads the JSON form from bytes.
    ///
    /// - Parameter json: One JSON object in UTF-8, strictly by RFC 8259, up to ``characterLimit`` long.
    /// - Throws: What is wrong, with the path of the field and the position in the text. Trying again cannot help.
    /// - Complexity: Linear in the text, and in the combinations its `$or`s give.
    public init(json: some Sequence<UInt8>) throws(EventPatternError) {
        let bytes = Array(json)
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw EventPatternError(code: .malformed, message: "The text is not valid UTF-8, in which JSON is written.")
        }
        try self.init(validJSON: bytes)
    }

    /// - Parameter bytes: Valid UTF-8.
    private init(validJSON bytes: [UInt8]) throws(EventPatternError) {
        do throws(PatternRefusal) {
            let length = bytes.count { !UTF8.isContinuation($0) }
            guard length <= Self.characterLimit else {
                throw .tooComplex(
                    "The pattern is \(length) characters long; up to \(Self.characterLimit) are accepted.")
            }
            try self.init(parsing: JSONTreeReader.tree(of: bytes))
        } catch {
            throw error.error(in: bytes)
        }
    }
}

extension EventPattern: CustomStringConvertible {
    /// The JSON form, on one line and without spaces; reading it back gives an equal pattern.
    public var description: String { written.node.json }
}
