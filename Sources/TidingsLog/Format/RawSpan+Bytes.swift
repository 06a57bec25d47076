#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension RawSpan {
    /// The number at an offset that need not be aligned.
    func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Number.Type) -> Number {
        Number(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }

    /// The offset of the last byte that is not zero.
    func lastNonzero() -> Int? {
        if isAllZeros { return nil }
        var end = byteCount
        while end >= 8, unsafeLoadUnaligned(fromByteOffset: end - 8, as: UInt64.self) == 0 { end -= 8 }
        while end > 0 {
            end -= 1
            if unsafeLoad(fromByteOffset: end, as: UInt8.self) != 0 { return end }
        }
        return nil
    }

    /// Whether the bytes equal themselves shifted by one, and the first is zero: all at the speed of `memcmp`.
    private var isAllZeros: Bool {
        withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, let first = bytes.first else { return true }
            return first == 0 && memcmp(start, start + 1, bytes.count - 1) == 0
        }
    }
}

extension MutableRawSpan {
    /// Stores a number at an offset that need not be aligned.
    mutating func store<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number, at offset: Int) {
        storeBytes(of: number.littleEndian, toByteOffset: offset, as: Number.self)
    }
}
