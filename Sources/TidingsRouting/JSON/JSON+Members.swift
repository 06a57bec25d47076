extension JSON {
    /// Goes through the members of the object that a text is, such as the attributes of an event, in one pass.
    ///
    /// - Parameters:
    ///   - text: The bytes of the text.
    ///   - validated: Whether they are known to be JSON; if not, all of them are validated on the way.
    ///   - body: Called with each member in the order of the text, also if a name comes twice.
    /// - Throws: What is wrong first, and at which byte; the members before it have been seen by then.
    /// - Complexity: Linear in the bytes; the names are all that is copied.
    public static func forEachMember(
        of text: RawSpan, validated: Bool = false, _ body: (JSONMember) -> Void
    ) throws(JSONError) {
        let result: Result<Void, JSONError> = text.withUnsafeBytes { bytes in
            do throws(JSONError) {
                var cursor = JSONCursor(bytes)
                try cursor.members(trusted: validated, body)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }
}

extension JSONCursor {
    fileprivate mutating func members(trusted: Bool, _ body: (JSONMember) -> Void) throws(JSONError) {
        skipWhitespace()
        guard byte == 0x7B else { throw notAnObject }
        try enter()
        skipWhitespace()
        if byte == 0x7D {
            position += 1
        } else {
            try membersInside(trusted: trusted, body)
        }
        depth -= 1
        if !trusted { try finish() }
    }

    private mutating func membersInside(trusted: Bool, _ body: (JSONMember) -> Void) throws(JSONError) {
        while true {
            guard byte == 0x22 else { throw unexpected }
            let name = trusted ? try trustedString() : try validString()
            try colon()
            let start = position
            let kind = kind
            if trusted { try trustedValue() } else { try validValue() }
            body(JSONMember(name: string(name), kind: kind, value: start..<position))
            skipWhitespace()
            let separator = byte
            guard separator == 0x2C || separator == 0x7D else { throw unexpected }
            position += 1
            if separator == 0x7D { return }
            skipWhitespace()
        }
    }

    /// What begins here.
    private var kind: JSONMember.Kind {
        switch byte {
        case 0x7B: .object
        case 0x5B: .array
        case 0x22: .string
        case 0x74, 0x66: .boolean
        case 0x6E: .null
        default: .number
        }
    }

    /// A string or a number as it is written, escapes and all.
    func spelling(_ token: Token) -> String {
        assert(0...token.end ~= token.start && token.end <= end, "a token that is not of this text")
        return String(decoding: UnsafeBufferPointer(start: base + token.start, count: token.count), as: UTF8.self)
    }

    /// What a string stands for; empty for one that is not valid.
    func string(_ token: Token) -> String {
        guard token.isEscaped else { return spelling(token) }
        var text: [UInt8] = []
        guard (try? unescape(token, into: &text)) != nil else { return "" }
        return String(decoding: text, as: UTF8.self)
    }
}
