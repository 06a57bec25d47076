extension JSONCursor {
    /// Writes what a string stands for, its escapes resolved.
    ///
    /// - Parameters:
    ///   - token: A valid string.
    ///   - text: What is overwritten.
    func unescape(_ token: Token, into text: inout [UInt8]) throws(JSONError) {
        text.removeAll(keepingCapacity: true)
        var here = token.start
        while here < token.end {
            guard base[here] == 0x5C, here + 1 < token.end else {
                text.append(base[here])
                here += 1
                continue
            }
            switch base[here + 1] {
            case 0x62: text.append(0x08)
            case 0x66: text.append(0x0C)
            case 0x6E: text.append(0x0A)
            case 0x72: text.append(0x0D)
            case 0x74: text.append(0x09)
            case 0x75:
                here = try unescapeScalar(at: here, before: token.end, into: &text)
                continue
            case let byte: text.append(byte)
            }
            here += 2
        }
    }

    private func unescapeScalar(at here: Int, before limit: Int, into text: inout [UInt8]) throws(JSONError) -> Int {
        let first = try codeUnit(at: here)
        if let scalar = Unicode.Scalar(first) {
            text.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
            return here + 6
        }
        guard here + 12 <= limit else { throw JSONError(.surrogate, at: here) }
        let second = try codeUnit(at: here + 6)
        let value = 0x1_0000 &+ (first & 0x3FF) << 10 &+ (second & 0x3FF)
        guard first < 0xDC00, second & 0xFC00 == 0xDC00, let scalar = Unicode.Scalar(value) else {
            throw JSONError(.surrogate, at: here)
        }
        text.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
        return here + 12
    }
}
