/// How often and when what failed is tried again: exponential backoff with full jitter
/// (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
public struct RetryPolicy: Sendable, Hashable {
    /// How many attempts an event gets in all; at least 1.
    public var maximumAttempts: Int
    /// The longest wait after the first failure; doubled with each further one.
    public var initialDelay: Duration
    /// The longest wait after any failure; not negative.
    public var maximumDelay: Duration

    /// Makes a policy. The default gives ten attempts over eight and a half minutes at most.
    public init(
        maximumAttempts: Int = 10, initialDelay: Duration = .seconds(1), maximumDelay: Duration = .seconds(300)
    ) {
        self.maximumAttempts = max(1, maximumAttempts)
        self.initialDelay = initialDelay
        self.maximumDelay = maximumDelay
    }

    /// The wait after an attempt has failed.
    /// - Parameters:
    ///   - attempt: how many attempts were made, from 1.
    ///   - random: a number in `0..<1`.
    package func delay(afterAttempt attempt: Int, random: Double) -> Duration {
        var ceiling = initialDelay
        for _ in 1..<max(2, min(attempt, 63)) where attempt > 1 && ceiling < maximumDelay { ceiling *= 2 }
        return min(ceiling, maximumDelay) * random
    }
}
