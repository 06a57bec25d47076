/// An error that no further attempt can help: the event becomes a dead letter at once. Thrown by a handler's body or its
/// effect.
///
/// ```swift
/// guard order.total > 0 else { throw NotRetryable("order \(order.id) has no total") }
/// ```
public struct NotRetryable: Error, CustomStringConvertible {
    /// Why no attempt can help, for a person; kept with the dead letter.
    public let description: String

    /// Makes the error.
    /// - Parameter reason: why no attempt can help, for a person; no payloads and no secrets.
    public init(_ reason: String) {
        description = reason
    }

    init(cause: any Error) {
        description = "\(cause)"
    }
}

/// An error that says when to try again, such as a gateway's `Retry-After`: the next attempt comes after that time, in
/// the place of the retry policy's. It counts as an attempt. Thrown by a handler's body or its effect.
public struct RetryAfter: Error, CustomStringConvertible {
    /// How long to wait before the next attempt, at least; not negative.
    public let delay: Duration
    /// Why the attempt failed, for a person; kept with the parked event.
    public let description: String

    /// Makes the error.
    /// - Parameters:
    ///   - delay: how long to wait before the next attempt; not negative.
    ///   - reason: why, for a person; no payloads and no secrets.
    public init(_ delay: Duration, _ reason: String) {
        self.delay = max(.zero, delay)
        description = reason
    }
}
