extension JSONCursor {
    /// Reads a string from its opening quote and validates it.
    @inline(__always)
    mutating func validString() throws(JSONError) -> Token {
        let start = position + 1
        var here = start
        var isEscaped = false
        while true {
            if here + ByteBlock.size <= end {
                let stops = ByteBlock(base + here).stringStops
                if stops == 0 {
                    here += ByteBlock.size
                    continue
                }
                here += stops.trailingZeroBitCount
            } else {
                while here < end, base[here] >= 0x20, base[here] < 0x80, base[here] != 0x22, base[here] != 0x5C {
                    here += 1
                }
                guard here < end else { throw JSONError(.endOfText, at: end) }
            }
            if base[here] == 0x22 {
                position = here + 1
                return Token(start: start, end: here, isEscaped: isEscaped)
            }
            if base[here] == 0x5C { isEscaped = true }
            here = try afterSpecial(at: here)
        }
    }

    /// Reads a string of a text that was validated before.
    @inline(__always)
    mutating func trustedString() throws(JSONError) -> Token {
        let start = position + 1
        var here = start
        var isEscaped = false
        while true {
            if here + ByteBlock.size <= end {
                let stops = ByteBlock(base + here).quotesAndBackslashes
                if stops == 0 {
                    here += ByteBlock.size
                    continue
                }
                here += stops.trailingZeroBitCount
            } else {
                while here < end, base[here] != 0x22, base[here] != 0x5C { here += 1 }
                guard here < end else { throw JSONError(.endOfText, at: end) }
            }
            if base[here] == 0x22 {
                position = here + 1
                return Token(start: start, end: here, isEscaped: isEscaped)
            }
            isEscaped = true
            here = min(here + 2, end)
        }
    }

    /// Validates what stops a string other than its quote.
    @inline(never)
    private func afterSpecial(at here: Int) throws(JSONError) -> Int {
        switch base[here] {
        case 0x5C: try afterEscape(at: here)
        case 0..<0x20: throw JSONError(.controlCharacter, at: here)
        default: try afterMultibyte(at: here)
        }
    }

    private func afterEscape(at here: Int) throws(JSONError) -> Int {
        guard here + 1 < end else { throw JSONError(.endOfText, at: end) }
        switch base[here + 1] {
        case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74:
            return here + 2
        case 0x75:
            let first = try codeUnit(at: here)
            guard first & 0xF800 == 0xD800 else { return here + 6 }
            guard first < 0xDC00, here + 7 < end, base[here + 6] == 0x5C, base[here + 7] == 0x75,
                try codeUnit(at: here + 6) & 0xFC00 == 0xDC00
            else { throw JSONError(.surrogate, at: here) }
            return here + 12
        default:
            throw JSONError(.escape, at: here)
        }
    }

    /// The UTF-16 code unit of an escape `\u1234`.
    func codeUnit(at here: Int) throws(JSONError) -> UInt32 {
        guard here + 6 <= end else { throw JSONError(.endOfText, at: end) }
        var unit: UInt32 = 0
        for place in here + 2..<here + 6 {
            guard let digit = Self.hexadecimal(base[place]) else { throw JSONError(.escape, at: here) }
            unit = unit << 4 | digit
        }
        return unit
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte) - 0x30
        case 0x41...0x46: UInt32(byte) - 0x41 + 10
        case 0x61...0x66: UInt32(byte) - 0x61 + 10
        default: nil
        }
    }

    /// Validates scalars of more than one byte, as many as stand together, by table 3-7 of the Unicode standard.
    private func afterMultibyte(at start: Int) throws(JSONError) -> Int {
        var here = start
        while here < end, base[here] >= 0x80 {
            let lead = base[here]
            let length: Int
            let second: ClosedRange<UInt8>
            switch lead {
            case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            default: throw JSONError(.encoding, at: here)
            }
            guard here + length <= end, second.contains(base[here + 1]) else {
                throw JSONError(.encoding, at: here)
            }
            for place in here + 2..<max(here + length, here + 2) where base[place] & 0xC0 != 0x80 {
                throw JSONError(.encoding, at: here)
            }
            here += length
        }
        return here
    }
}
