/// The bounds that the contract of ``EventBus`` states, for those who write a bus.
package enum BusLimits {
    /// How many events go together.
    package static let batchCount = 10_000
    /// How many bytes go together.
    package static let batchBytes = 16 << 20
    /// How long a delivery may stay out, unless it is extended.
    package static let visibility = Duration.milliseconds(1)...Duration.seconds(30 * 86_400)

    /// Refuses an extension that is negative or longer than a time-out may be.
    package static func check(_ settlements: [Settlement]) throws(TidingsError) {
        for case .extend(_, let duration) in settlements where duration < .zero || duration > visibility.upperBound {
            throw TidingsError(.invalid, "an extension by \(duration); it must be from zero to 30 days")
        }
    }

    /// Refuses a batch that is too large to be published.
    package static func check(batchOf count: Int, bytes: Int) throws(TidingsError) {
        guard count <= batchCount, bytes <= batchBytes else {
            throw TidingsError(
                .invalid, "a batch of \(count) events and \(bytes) bytes; at most 10,000 and 16 MiB go together")
        }
    }

    /// Refuses to take none, or too many.
    package static func check(takeOf maximum: Int) throws(TidingsError) {
        guard (1...batchCount).contains(maximum) else {
            throw TidingsError(.invalid, "\(maximum) events were asked for at once; 1 to 10,000 can be")
        }
    }
}
