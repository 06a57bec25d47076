package import Tidings

/// An event's source and id as 128 bits: SipHash-2-4-128 of the bytes that hold them in the log.
///
/// The key is secret and of one process, so that nobody can make two events that have the same. Nothing keeps
/// identities: recovery computes them from the records.
package struct EventIdentity: Equatable {
    let low: UInt64
    let high: UInt64

    /// The key of a process.
    package struct Key: Sendable {
        let low: UInt64
        let high: UInt64

        /// A key by chance.
        package init(_ environment: RuntimeEnvironment) {
            self.init(environment.randomBits(), environment.randomBits())
        }

        package init(_ low: UInt64, _ high: UInt64) {
            self.low = low
            self.high = high
        }
    }

    /// Its best place in a table of any size up to 2^32.
    var home: Int { Int(low & 0xFFFF_FFFF) }

    /// The identity of the event that an envelope's kept form holds.
    package init(envelope: RawSpan, _ key: Key) {
        self.init(bytes: envelope.extracting(Envelope.identityRange(ofBinary: envelope)), key)
    }

    package init(bytes: RawSpan, _ key: Key) {
        (low, high) = SipHash.hash(bytes, key.low, key.high)
    }

    /// Both halves, as the authors of the function write them.
    package var words: (low: UInt64, high: UInt64) { (low, high) }
}
