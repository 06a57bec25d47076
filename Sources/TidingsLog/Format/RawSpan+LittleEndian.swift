extension RawSpan {
    /// The number at an offset that need not be aligned.
    func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Number.Type) -> Number {
        Number(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }

    /// The offset of the last byte that is not zero.
    func lastNonzero() -> Int? {
        var end = byteCount
        while end >= 8, unsafeLoadUnaligned(fromByteOffset: end - 8, as: UInt64.self) == 0 { end -= 8 }
        while end > 0 {
            end -= 1
            if unsafeLoad(fromByteOffset: end, as: UInt8.self) != 0 { return end }
        }
        return nil
    }
}

extension MutableRawSpan {
    /// Stores a number at an offset that need not be aligned.
    mutating func store<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number, at offset: Int) {
        storeBytes(of: number.littleEndian, toByteOffset: offset, as: Number.self)
    }
}
