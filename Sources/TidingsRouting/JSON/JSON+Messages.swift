extension JSON {
    /// Validates a text that is a message rather than an event's data: as ``validate(_:)`` does, and no name comes twice in
    /// one object, and no fraction is taken for a whole number because a double cannot tell it from one.
    ///
    /// - Parameter text: The bytes of the text.
    /// - Throws: What is wrong first, and at which byte. Trying again cannot help.
    package static func validateMessage(_ text: [UInt8]) throws(JSONError) {
        let result: Result<Void, JSONError> = text.withUnsafeBytes { bytes in
            do throws(JSONError) {
                var cursor = JSONCursor(bytes)
                cursor.skipWhitespace()
                try cursor.messageValue()
                try cursor.finish()
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }
}

extension JSONCursor {
    /// Recursion is bounded by ``JSON/maximumDepth``.
    fileprivate mutating func messageValue() throws(JSONError) {
        switch byte {
        case 0x22: _ = try validString()
        case 0x7B:
            // As a decoder tells names apart: by what they look like, not by their bytes.
            var names: Set<String> = []
            try elements(endingWith: 0x7D) { cursor throws(JSONError) in
                let start = cursor.position
                guard cursor.byte == 0x22 else { throw cursor.unexpected }
                let name = cursor.string(try cursor.validString())
                guard names.insert(name).inserted else { throw JSONError(.duplicateName, at: start) }
                try cursor.colon()
                try cursor.messageValue()
            }
        case 0x5B: try elements(endingWith: 0x5D) { cursor throws(JSONError) in try cursor.messageValue() }
        case 0x2D, 0x30...0x39: try messageNumber()
        default: try validLiteral()
        }
    }

    private mutating func elements(
        endingWith end: UInt8, _ element: (inout JSONCursor) throws(JSONError) -> Void
    ) throws(JSONError) {
        try enter()
        skipWhitespace()
        guard byte != end else { return leave() }
        while true {
            try element(&self)
            skipWhitespace()
            if byte == end { return leave() }
            guard byte == 0x2C else { throw unexpected }
            position += 1
            skipWhitespace()
        }
    }

    private mutating func leave() {
        position += 1
        depth -= 1
    }

    private mutating func messageNumber() throws(JSONError) {
        let token = try validNumber()
        let text = spelling(token)
        // Digits alone are read as they are, or refused as too many; what is beyond 64 bits is no whole number to anyone.
        guard text.utf8.contains(where: { $0 == 0x2E || $0 | 0x20 == 0x65 }), let nearest = Double(text),
            nearest.magnitude < 0x1p64, nearest == nearest.rounded()
        else { return }
        guard DecimalDigits(parsing: text.utf8) == DecimalDigits(exactly: nearest.magnitude) else {
            throw JSONError(.inexactNumber, at: token.start)
        }
    }
}
