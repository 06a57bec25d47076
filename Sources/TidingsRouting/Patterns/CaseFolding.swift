/// Simple case folding (statuses C and S of Unicode's CaseFolding.txt, version 17): one scalar for one scalar.
package enum CaseFolding {
    /// The scalar that stands for all that differ from this one only in case.
    ///
    /// - Parameter scalar: A Unicode scalar value.
    /// - Complexity: Logarithmic in the table's 208 ranges; constant for ASCII.
    package static func folded(_ scalar: UInt32) -> UInt32 {
        guard scalar >= 0x80 else {
            return UInt32(UInt8(ascii: "A"))...UInt32(UInt8(ascii: "Z")) ~= scalar ? scalar + 32 : scalar
        }
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].last < scalar { low = middle + 1 } else { high = middle }
        }
        guard low < ranges.count else { return scalar }
        let range = ranges[low]
        guard scalar >= range.first, (scalar - range.first).isMultiple(of: range.step) else { return scalar }
        return UInt32(truncatingIfNeeded: Int64(scalar) + Int64(range.shift))
    }
}
