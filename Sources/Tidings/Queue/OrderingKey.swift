/// Ordering keys as the queues hold them.
package enum OrderingKey {
    /// A hash of the event's ordering key that is the same in every process (FNV-1a, 64 bits); 0 if it has none.
    package static func hash(of event: Envelope) -> UInt64 {
        guard let key = event.orderingKey else { return 0 }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash == 0 ? 1 : hash
    }
}
