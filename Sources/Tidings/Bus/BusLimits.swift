/// The bounds that the contract of ``EventBus`` states, for those who write a bus.
package enum BusLimits {
    /// How many events go together.
    package static let batchCount = 10_000
    /// How many bytes go together.
    package static let batchBytes = 16 << 20

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
