/// Reading memory by words.
enum Bytes {
    /// Eight bytes, the first one lowest.
    @inline(__always)
    static func word(_ address: UnsafePointer<UInt8>) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(address).loadUnaligned(as: UInt64.self))
    }

    /// Up to seven bytes, the first one lowest, without touching another.
    @inline(__always)
    static func rest(_ address: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        if count >= 4 {
            let raw = UnsafeRawPointer(address)
            let low = UInt64(UInt32(littleEndian: raw.loadUnaligned(as: UInt32.self)))
            let high = UInt64(UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)))
            return low | high << UInt64(8 * (count - 4))
        }
        guard count > 0 else { return 0 }
        let middle = count >> 1
        return UInt64(address[0]) | UInt64(address[middle]) << UInt64(8 * middle)
            | UInt64(address[count - 1]) << UInt64(8 * (count - 1))
    }

    /// Whether two texts of one length are the same.
    @inline(__always)
    static func equal(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, count: Int) -> Bool {
        var place = 0
        while place + 8 <= count {
            guard word(left + place) == word(right + place) else { return false }
            place += 8
        }
        return rest(left + place, count - place) == rest(right + place, count - place)
    }
}
