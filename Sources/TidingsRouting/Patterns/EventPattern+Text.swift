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
        if let offset = Self.firstInvalidByte(of: bytes) {
            throw PatternRefusal.malformed(
                "The text is not valid UTF-8, in which JSON is written.",
                path: JSONTreeReader.path(in: bytes, before: offset), at: offset
            ).error(in: bytes)
        }
        try self.init(validJSON: bytes)
    }

    /// Where a character begins, counted from zero.
    private static func offset(ofCharacter number: Int, in bytes: [UInt8]) -> Int {
        var rest = number
        return bytes.firstIndex { byte in
            guard !UTF8.isContinuation(byte) else { return false }
            rest -= 1
            return rest < 0
        } ?? bytes.count
    }

    /// Where bytes cease to be UTF-8; nil if they do not.
    private static func firstInvalidByte(of bytes: [UInt8]) -> Int? {
        guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var offset = 0
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { offset += UTF8.width(scalar) }
        return offset
    }

    /// - Parameter bytes: Valid UTF-8.
    private init(validJSON bytes: [UInt8]) throws(EventPatternError) {
        do throws(PatternRefusal) {
            try self.init(parsing: Self.tree(of: bytes))
        } catch {
            throw error.error(in: bytes)
        }
    }

    /// The JSON of a pattern that is not too long.
    ///
    /// - Parameter bytes: Valid UTF-8.
    static func tree(of bytes: [UInt8]) throws(PatternRefusal) -> JSONTree {
        let length = bytes.count { !UTF8.isContinuation($0) }
        guard length <= characterLimit else {
            let end = offset(ofCharacter: characterLimit, in: bytes)
            throw .tooComplex(
                "The pattern is \(length) characters long; up to \(characterLimit) are accepted.",
                path: JSONTreeReader.path(in: bytes, before: end), at: end)
        }
        return try JSONTreeReader.tree(of: bytes)
    }
}

extension EventPattern {
    /// Reads what ``description`` wrote, which may be longer than ``characterLimit``; nothing is lost, not even the digits
    /// of a number that no double holds.
    ///
    /// - Parameter description: The JSON form of a pattern that was accepted before.
    /// - Throws: What is wrong, with the path of the field and the position in the text. Trying again cannot help.
    package init(description: String) throws(EventPatternError) {
        let bytes = Array(description.utf8)
        do throws(PatternRefusal) {
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
