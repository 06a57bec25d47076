import OrderServices
import Synchronization
import Tidings

/// A gateway that approves everything, counts, and is down when a test says so.
final class TestGateway: PaymentGateway {
    private struct State {
        var isDown = false
        var charges: [String: Int] = [:]
        var refunds: [String: Int] = [:]
    }

    private let state = Mutex(State())

    var isDown: Bool {
        get { state.withLock { $0.isDown } }
        set { state.withLock { $0.isDown = newValue } }
    }

    /// How often each charge was made, by idempotency key.
    var charges: [String: Int] { state.withLock { $0.charges } }
    /// How often each refund was made, by idempotency key.
    var refunds: [String: Int] { state.withLock { $0.refunds } }

    func charge(_ amount: Money, idempotencyKey: String) async throws -> Charge {
        try state.withLock { state in
            if state.isDown { throw TidingsError(.unavailable, "the gateway cannot be reached") }
            state.charges[idempotencyKey, default: 0] += 1
        }
        return .approved(transactionId: "test-\(idempotencyKey)")
    }

    func refund(_ transactionId: String, _ amount: Money, idempotencyKey: String) async throws {
        try state.withLock { state in
            if state.isDown { throw TidingsError(.unavailable, "the gateway cannot be reached") }
            state.refunds[idempotencyKey, default: 0] += 1
        }
    }
}
