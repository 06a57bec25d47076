import Synchronization

/// What the platform takes from the world: time, identifiers and randomness.
///
/// Nothing in Tidings reads a clock, makes an identifier or rolls a die but through this value, so that a test with a
/// manual clock and a seed runs the same way every time.
public struct RuntimeEnvironment: Sendable {
    /// Where time is read.
    public let time: any TimeSource
    private let bits: @Sendable () -> UInt64
    private let identifiers: IdentifierSequence
    /// Keeps what may kill the process apart.
    package let suspects = SuspectGate()

    /// Makes an environment.
    /// - Parameters:
    ///   - time: where time is read.
    ///   - randomBits: sixty-four random bits at each call; called from any thread.
    public init(time: any TimeSource, randomBits: @escaping @Sendable () -> UInt64) {
        self.time = time
        bits = randomBits
        identifiers = IdentifierSequence()
    }

    /// The machine's clock and its secure random numbers.
    public static let system = {
        let random = SystemRandomBits()
        return RuntimeEnvironment(time: SystemTimeSource()) { random.next() }
    }()

    /// The present moment of ``time``.
    public func now() -> Timestamp { time.now() }

    /// A random number in `0..<1`; may be called from any thread.
    public func random() -> Double { Double(bits() >> 11) * 0x1p-53 }

    /// Sixty-four random bits; may be called from any thread.
    package func randomBits() -> UInt64 { bits() }

    /// A new identifier that sorts after the ones made before it by the same environment.
    public func makeID() -> EventID {
        identifiers.next(at: now(), randomBits: bits)
    }
}

/// UUIDs of version 7 (RFC 9562, section 5.7) whose 12 `rand_a` bits count within a millisecond (section 6.2, method 1).
final class IdentifierSequence: Sendable {
    private struct Last {
        var millisecond: UInt64 = 0
        var count: UInt64 = 0
    }

    private let last = Mutex(Last())

    func next(at time: Timestamp, randomBits: () -> UInt64) -> EventID {
        let now = UInt64(max(0, time.microseconds / 1000))
        let (millisecond, count) = last.withLock { last in
            if now > last.millisecond {
                last = Last(millisecond: now, count: 0)
            } else if last.count < 0xFFF {
                last.count += 1
            } else {
                last = Last(millisecond: last.millisecond + 1, count: 0)
            }
            return (last.millisecond, last.count)
        }
        return EventID(
            uuid: (millisecond << 16 | 0x7000 | count, randomBits() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000))
    }
}

extension EventID {
    /// Writes the 128 bits of a UUID as text.
    fileprivate init(uuid: (UInt64, UInt64)) {
        let digits: StaticString = "0123456789abcdef"
        let text = String(unsafeUninitializedCapacity: 36) { buffer in
            var at = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    buffer[at] = UInt8(ascii: "-")
                    at += 1
                }
                let half = nibble < 16 ? uuid.0 : uuid.1
                buffer[at] = digits.utf8Start[Int(half >> UInt64(60 - nibble % 16 * 4) & 0xF)]
                at += 1
            }
            return 36
        }
        self.init(text)
    }
}
