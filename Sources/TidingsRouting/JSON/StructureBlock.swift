/// Sixty-four bytes of a text: where the characters stand that give it its structure.
struct StructureBlock {
    let quotes: UInt64
    let backslashes: UInt64
    let opens: UInt64
    let closes: UInt64

    /// - Precondition: Sixty-four bytes can be read from there.
    @inline(__always)
    init(_ address: UnsafePointer<UInt8>) {
        let first = ByteBlock(address)
        let second = ByteBlock(address + 16)
        let third = ByteBlock(address + 32)
        let fourth = ByteBlock(address + 48)
        quotes = Self.join(
            first.equal(to: 0x22), second.equal(to: 0x22), third.equal(to: 0x22), fourth.equal(to: 0x22))
        backslashes = Self.join(
            first.equal(to: 0x5C), second.equal(to: 0x5C), third.equal(to: 0x5C), fourth.equal(to: 0x5C))
        let (one, two, three, four) = (first.lowered, second.lowered, third.lowered, fourth.lowered)
        opens = Self.join(one.equal(to: 0x7B), two.equal(to: 0x7B), three.equal(to: 0x7B), four.equal(to: 0x7B))
        closes = Self.join(one.equal(to: 0x7D), two.equal(to: 0x7D), three.equal(to: 0x7D), four.equal(to: 0x7D))
    }

    @inline(__always)
    private static func join(_ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) -> UInt64 {
        first | second << 16 | third << 32 | fourth << 48
    }
}

/// What is inside of strings, from one block to the next.
struct QuoteState {
    /// All ones if the last block ended inside of a string.
    private var string: UInt64 = 0
    /// 1 if the last block ended with a backslash that escapes what follows.
    private var escape: UInt64 = 0

    /// Where strings are in the block, from their opening quote to just before their closing one.
    ///
    /// The method is that of Langdale and Lemire, "Parsing Gigabytes of JSON per Second" (2019).
    @inline(__always)
    mutating func inside(_ block: StructureBlock) -> UInt64 {
        var quotes = block.quotes
        if block.backslashes | escape != 0 { quotes &= ~escaped(block.backslashes) }
        // A prefix sum of bits without carry: each bit becomes the parity of the quotes up to it.
        quotes ^= quotes << 1
        quotes ^= quotes << 2
        quotes ^= quotes << 4
        quotes ^= quotes << 8
        quotes ^= quotes << 16
        quotes ^= quotes << 32
        let inside = quotes ^ string
        string = UInt64(bitPattern: Int64(bitPattern: inside) >> 63)
        return inside
    }

    /// The bytes behind a backslash that is not escaped itself.
    private mutating func escaped(_ backslashes: UInt64) -> UInt64 {
        var escaped: UInt64 = escape
        var rest = backslashes & ~escape
        escape = 0
        while rest != 0 {
            let place = rest.trailingZeroBitCount
            guard place < 63 else {
                escape = 1
                break
            }
            escaped |= 2 << UInt64(place)
            rest &= ~(3 << UInt64(place))
        }
        return escaped
    }
}
