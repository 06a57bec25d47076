/// A block of IP addresses: those that begin with the same bits.
package struct CIDRBlock: Hashable, Sendable {
    /// As it was written, such as `10.0.0.0/8`.
    package let source: ByteText
    /// The block's lowest address: host bits are zero.
    package let base: IPAddress
    /// How many leading bits an address shares with the base.
    package let length: Int

    /// Whether an address lies in the block; never one of the other family.
    package func contains(_ address: IPAddress) -> Bool {
        address.family == base.family && address.masked(to: length) == base
    }
}
