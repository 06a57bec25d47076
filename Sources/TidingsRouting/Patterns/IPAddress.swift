/// An IP address.
package struct IPAddress: Hashable, Sendable {
    /// The version of the Internet Protocol an address belongs to.
    package enum Family: Sendable {
        case v4
        case v6

        /// How many bits an address has.
        package var width: Int { self == .v4 ? 32 : 128 }
    }

    /// The version of the protocol.
    package let family: Family
    /// The address, most significant bit first; one of version 4 takes the lowest 32 bits.
    package let bits: UInt128

    package init(family: Family, bits: UInt128) {
        self.family = family
        self.bits = bits
    }

    /// The address with all but the leading bits zero.
    package func masked(to length: Int) -> IPAddress {
        let host = family.width - length
        return IPAddress(family: family, bits: host >= 128 ? 0 : (bits >> host) << host)
    }
}

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
