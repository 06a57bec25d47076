/// The leading bits of an IP address, as a text to look up.
struct AddressKey {
    /// The address without its host bits, and below them how many bits it has.
    let bits: SIMD4<UInt64>

    init(_ address: IPAddress, length: Int) {
        let masked = address.masked(to: length).bits
        bits = SIMD4(UInt64(truncatingIfNeeded: masked >> 64), UInt64(truncatingIfNeeded: masked), UInt64(length), 0)
    }
}
