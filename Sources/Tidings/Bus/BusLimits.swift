/// The bounds that the contract of ``EventBus`` states, for those who write a bus.
package enum BusLimits {
    /// How many events go together.
    package static let batchCount = 10_000
    /// How many bytes go together.
    package static let batchBytes = 16 << 20
    /// For how long an event may have to wait before it is delivered.
    package static let delay = Duration.seconds(366 * 86_400)
    /// How long nobody looks at the wall clock, which may be set, while events wait for a moment of it.
    package static let clockCheck = Duration.seconds(60)
    /// How long a delivery may stay out, unless it is extended.
    package static let visibility = Duration.milliseconds(1)...Duration.seconds(30 * 86_400)

    /// Refuses a time that is negative or longer than a time-out may be, a reason that is empty or long, and a dead letter
    /// where there is no queue for it.
    /// - Parameter group: the consumer group, unless it has a dead-letter queue.
    package static func check(
        _ settlements: [Settlement], withoutDeadLetters group: String? = nil
    ) throws(TidingsError) {
        for settlement in settlements {
            switch settlement {
            case .extend(_, let duration) where duration < .zero || duration > visibility.upperBound:
                throw TidingsError(.invalid, "an extension by \(duration); it must be from zero to 30 days")
            case .retry(_, let duration) where duration < .zero || duration > visibility.upperBound:
                throw TidingsError(.invalid, "a retry after \(duration); it must be from zero to 30 days")
            case .deadLetter(_, let reason):
                if let group {
                    throw TidingsError(.unsupported, "\(group) has no dead-letter queue; only a queue has one")
                }
                guard (1...1024).contains(reason.utf8.count) else {
                    throw TidingsError(
                        .invalid, "the reason of a dead letter has 1 to 1,024 bytes, this one \(reason.utf8.count)")
                }
            case .acknowledge, .release, .extend, .retry: break
            }
        }
    }

    /// Refuses an event that is to wait for too long.
    /// - Returns: until when it has to wait; `nil` if it comes at once.
    package static func checkDelay(of event: Envelope, at now: Timestamp) throws(TidingsError) -> Timestamp? {
        guard let until = event.notBefore, until > now else { return nil }
        guard until - now <= delay else {
            throw TidingsError(
                .invalid, "event \(event.id) is to wait until \(until); an event can wait for 366 days at most")
        }
        return until
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
