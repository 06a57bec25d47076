/// A moment, in microseconds since 1970-01-01T00:00:00Z; the range is the years 0001 to 9999.
///
/// Written as RFC 3339 in UTC, which is how CloudEvents and the HTTP API carry it.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before it.
    public let microseconds: Int64

    /// Makes a moment from microseconds since 1970-01-01T00:00:00Z.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Makes a moment from whole seconds since 1970-01-01T00:00:00Z, held inside the representable range.
    public init(seconds: Int64) {
        microseconds = Duration.seconds(seconds).microseconds
    }

    /// Whether one moment is before another.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The moment `duration` after another, rounded down to a microsecond and held inside the representable range.
    public static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        let (sum, overflow) = moment.microseconds.addingReportingOverflow(duration.microseconds)
        return Timestamp(microseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    /// The time from one moment to another; negative when `right` is the later one.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        // Two moments may lie further apart than 64 bits of microseconds reach.
        .microseconds(left.microseconds) - .microseconds(right.microseconds)
    }
}

extension Duration {
    /// The length in whole microseconds, rounded towards zero and held inside `Int64`.
    package var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }

    /// The length in seconds, as a fraction, for metrics and messages.
    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
