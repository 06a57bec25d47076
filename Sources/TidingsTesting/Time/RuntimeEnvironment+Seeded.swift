import Synchronization
public import Tidings

extension RuntimeEnvironment {
    /// An environment that is the same each time: identifiers and randomness from a seed, time from a clock.
    /// - Parameters:
    ///   - seed: print it if a test fails, to see the same run again.
    ///   - clock: where time is read.
    public static func seeded(_ seed: UInt64, clock: any TimeSource = ManualClock()) -> RuntimeEnvironment {
        let source = SeededSource(seed)
        return RuntimeEnvironment(time: clock) { source.next() }
    }
}

/// Random bits for any thread.
private final class SeededSource: Sendable {
    private let generator: Mutex<SplitMix64>

    init(_ seed: UInt64) {
        generator = Mutex(SplitMix64(seed: seed))
    }

    func next() -> UInt64 {
        generator.withLock { $0.next() }
    }
}
