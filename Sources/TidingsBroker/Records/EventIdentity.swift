import Tidings
import TidingsLog

/// An event's source and id as 128 bits, two XXH64 of the bytes that hold them in the log.
package struct EventIdentity: Equatable {
    let low: UInt64
    let high: UInt64

    /// Its best place in a table of any size up to 2^32.
    var home: Int { Int(low & 0xFFFF_FFFF) }

    /// The identity of the event that an envelope's kept form holds.
    package init(envelope: RawSpan) {
        let bytes = envelope.extracting(Envelope.identityRange(ofBinary: envelope))
        low = XXH64.hash(bytes, seed: 0x7469_6469_6E67_7331)
        high = XXH64.hash(bytes, seed: 0x7469_6469_6E67_7332)
    }
}
