extension JSONCursor {
    /// Validates one value, whatever it holds, and stands behind it.
    ///
    /// It keeps one bit for each open container and so needs no recursion.
    mutating func validValue() throws(JSONError) {
        let outside = depth
        var isObject = false
        // Bit n: whether the container around the one of depth n is an object.
        var outer = ContainerBits()
        while true {
            skipWhitespace()
            switch byte {
            case 0x22:
                _ = try validString()
            case 0x7B:
                try enter()
                outer[depth] = isObject
                isObject = true
                skipWhitespace()
                if byte != 0x7D {
                    try validName()
                    continue
                }
            case 0x5B:
                try enter()
                outer[depth] = isObject
                isObject = false
                skipWhitespace()
                if byte != 0x5D { continue }
            case 0x2D, 0x30...0x39:
                _ = try validNumber()
            default:
                try validLiteral()
            }
            while depth > outside {
                skipWhitespace()
                if byte == 0x2C {
                    position += 1
                    if isObject {
                        skipWhitespace()
                        try validName()
                    }
                    break
                }
                guard byte == (isObject ? 0x7D : 0x5D) else { throw unexpected }
                position += 1
                isObject = outer[depth]
                depth -= 1
            }
            if depth == outside { return }
        }
    }

    private mutating func validName() throws(JSONError) {
        guard byte == 0x22 else { throw unexpected }
        _ = try validString()
        try colon()
    }
}

/// A bit for each depth.
private struct ContainerBits {
    private var words = SIMD16<UInt64>()

    subscript(depth: Int) -> Bool {
        @inline(__always)
        get { words[depth >> 6] >> UInt64(depth & 63) & 1 == 1 }
        @inline(__always)
        set {
            let bit: UInt64 = 1 << UInt64(depth & 63)
            words[depth >> 6] = newValue ? words[depth >> 6] | bit : words[depth >> 6] & ~bit
        }
    }
}
