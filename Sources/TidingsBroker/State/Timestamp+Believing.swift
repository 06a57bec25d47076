package import Tidings

extension Timestamp {
    /// How far clocks may run apart before a time is ahead.
    private static let slack = Duration.seconds(60)

    /// Whether a record may have this time: it is not ahead of the clock. One that is was written while the clock was
    /// wrong, or the clock is wrong now; no decision rests on it.
    package func isBelievable(at now: Timestamp) -> Bool { self <= now + Self.slack }
}
