import Metrics
import Synchronization

/// Stops calling what keeps failing, and tries it again from time to time.
///
/// Closed, it lets calls through. After `threshold` failures in a row it opens and refuses at once, until `retryAfter`
/// has passed; then one call goes through, and its outcome closes or opens the breaker. A refusal is an outage, not a
/// failure of the event at hand: a ``Subscriber`` that meets one spends no attempt, parks the event, and says so in its health. What was really
/// called and failed with another error spends one.
/// (Michael Nygard, "Release It!", 2007.)
public final class CircuitBreaker: Sendable {
    /// Whether calls go through.
    public enum State: String, Sendable {
        /// Calls go through.
        case closed
        /// Calls are refused.
        case open
        /// One call is trying whether things are well again.
        case halfOpen = "half-open"

        /// The state as the metric `tidings_circuit_breaker_state` shows it.
        var number: Double {
            switch self {
            case .closed: 0
            case .halfOpen: 0.5
            case .open: 1
            }
        }
    }

    private struct Record {
        var state = State.closed
        var failures = 0
        var retryAt = Timestamp(microseconds: 0)
    }

    private let name: String
    private let threshold: Int
    private let retryAfter: Duration
    private let timeout: Duration
    private let time: any TimeSource
    private let gauge: Gauge
    private let record = Mutex(Record())

    /// Makes a closed breaker.
    /// - Parameters:
    ///   - name: what it guards, as messages and metrics name it.
    ///   - service: the service it belongs to, for metrics.
    ///   - threshold: how many failures in a row open it; at least 1.
    ///   - retryAfter: how long it refuses before it tries again.
    ///   - timeout: how long a call may take; what takes longer is cancelled and counts as a failure.
    ///   - time: where it reads time.
    public init(
        _ name: String, service: String, threshold: Int = 5, retryAfter: Duration = .seconds(5),
        timeout: Duration = .seconds(10), time: any TimeSource = SystemTimeSource()
    ) {
        self.name = name
        self.threshold = max(1, threshold)
        self.retryAfter = retryAfter
        self.timeout = timeout
        self.time = time
        gauge = Gauge(label: "tidings_circuit_breaker_state", dimensions: [("service", service), ("breaker", name)])
        gauge.record(State.closed.number)
    }

    /// The state at the last call; an open breaker stays `open` after `retryAfter` until a call comes.
    public var state: State { record.withLock(\.state) }

    /// Makes a call through the breaker. The call ends soon after its task is cancelled.
    /// - Throws: ``TidingsError`` with code `circuitOpen` when the call was refused, and with code `unavailable` when it
    ///   took too long; otherwise what the call throws.
    public func call<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let isTrial = try admit()
        do {
            let slow = TidingsError(.unavailable, "\(name) did not answer within \(timeout)")
            let result = try await time.withTimeout(timeout, throwing: slow, body)
            succeeded(isTrial: isTrial)
            return result
        } catch {
            failed(isTrial: isTrial, cancelled: error is CancellationError)
            throw error
        }
    }

    private func admit() throws(TidingsError) -> Bool {
        let now = time.now()
        let admitted: Bool? = record.withLock { record in
            switch record.state {
            case .closed:
                return false
            case .open where record.retryAt <= now:
                record.state = .halfOpen
                gauge.record(State.halfOpen.number)
                return true
            case .open, .halfOpen:
                return nil
            }
        }
        guard let admitted else {
            throw TidingsError(.circuitOpen, "\(name) has failed \(threshold) times in a row and is not called for now")
        }
        return admitted
    }

    /// A call that began before the breaker opened says nothing of how things are now.
    private func succeeded(isTrial: Bool) {
        let state = record.withLock { record in
            if isTrial || record.state == .closed { record = Record() }
            return record.state
        }
        gauge.record(state.number)
    }

    private func failed(isTrial: Bool, cancelled: Bool) {
        let now = time.now()
        let state = record.withLock { record in
            if cancelled {
                if isTrial { record.state = .open }
            } else {
                record.failures += 1
                if isTrial || record.failures >= threshold {
                    record.state = .open
                    record.retryAt = now + retryAfter
                }
            }
            return record.state
        }
        gauge.record(state.number)
    }
}
