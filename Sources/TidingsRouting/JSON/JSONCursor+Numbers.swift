extension JSONCursor {
    /// Reads a number and validates it.
    @inline(__always)
    mutating func validNumber() throws(JSONError) -> Token {
        let start = position
        if base[position] == 0x2D { position += 1 }
        if byte == 0x30 {
            position += 1
        } else {
            guard skipDigits() else { throw numberError(from: start) }
        }
        if byte == 0x2E {
            position += 1
            guard skipDigits() else { throw numberError(from: start) }
        }
        if byte | 0x20 == 0x65 {
            position += 1
            if byte == 0x2B || byte == 0x2D { position += 1 }
            guard skipDigits() else { throw numberError(from: start) }
        }
        // A digit here stands behind a leading zero.
        guard !isDigit(byte) else { throw numberError(from: start) }
        return Token(start: start, end: position, isEscaped: false)
    }

    private func numberError(from start: Int) -> JSONError {
        position < end ? JSONError(.number, at: start) : JSONError(.endOfText, at: end)
    }

    @inline(__always)
    private func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// Skips digits; false if there is none.
    @inline(__always)
    private mutating func skipDigits() -> Bool {
        let start = position
        while position + ByteBlock.size <= end {
            let others = ~ByteBlock(base + position).digits & 0xFFFF
            guard others == 0 else {
                position += others.trailingZeroBitCount
                return position > start
            }
            position += ByteBlock.size
        }
        while isDigit(byte) { position += 1 }
        return position > start
    }

    /// Reads a number, or a literal, of a text that was validated before: up to what cannot be part of it.
    @inline(__always)
    mutating func trustedScalar() throws(JSONError) -> Token {
        let start = position
        while position < end {
            switch base[position] {
            case 0x2C, 0x5D, 0x7D, 0x20, 0x0A, 0x0D, 0x09: return try token(from: start)
            default: position += 1
            }
        }
        return try token(from: start)
    }

    /// Never an empty one, which a text that is not what it was said to be could give.
    @inline(__always)
    private func token(from start: Int) throws(JSONError) -> Token {
        guard position > start else { throw unexpected }
        return Token(start: start, end: position, isEscaped: false)
    }

    /// Reads `true`, `false` or `null` and validates it.
    @inline(__always)
    mutating func validLiteral() throws(JSONError) {
        switch byte {
        case 0x74: try literal("true")
        case 0x66: try literal("false")
        case 0x6E: try literal("null")
        default: throw unexpected
        }
    }

    private mutating func literal(_ text: StaticString) throws(JSONError) {
        for offset in 0..<text.utf8CodeUnitCount {
            guard byte == text.utf8Start[offset] else { throw unexpected }
            position += 1
        }
    }
}
