import OrderServices
import Synchronization
import Tidings

/// A gateway in memory that approves everything, and is as unreliable as a test says.
///
/// It keeps to ``PaymentGateway``: it takes money and gives it back once for each key, and closes the keys it refunds.
final class TestGateway: PaymentGateway {
    /// What becomes of a call.
    enum Fate: Sendable {
        case answered
        /// The request never arrives.
        case requestLost
        /// It is done, and the answer never arrives.
        case answerLost
        /// It is done, and whoever asked waits for the answer until it is cancelled.
        case neverAnswered
        /// It is done, and answered once the key is closed.
        case answeredAfterRefund
        /// It arrives when ``arrive()`` is called, whether someone still waits for the answer or not.
        case late
    }

    private struct State {
        var isDown = false
        var chargesAre = Fate.answered
        var refundsAre: [Fate] = []
        var charges: [String: Int] = [:]
        var refunds: [String: Int] = [:]
        var taken: [String: Money] = [:]
        var givenBack: Set<String> = []
        var closed: Set<String> = []
    }

    private let state = Mutex(State())
    private let loss: any Error
    private let arrival = Latch()
    private let closing = Latch()

    /// - Parameter loss: what is thrown if no answer comes.
    init(loss: any Error = TidingsError(.unavailable, "the gateway gave no answer")) {
        self.loss = loss
    }

    var isDown: Bool {
        get { state.withLock { $0.isDown } }
        set { state.withLock { $0.isDown = newValue } }
    }

    /// What becomes of all charges from now on.
    var chargesAre: Fate {
        get { state.withLock { $0.chargesAre } }
        set { state.withLock { $0.chargesAre = newValue } }
    }

    /// What becomes of the next refunds, one after the other; then they are answered.
    var refundsAre: [Fate] {
        get { state.withLock { $0.refundsAre } }
        set { state.withLock { $0.refundsAre = newValue } }
    }

    /// How often each charge was asked for, by idempotency key, while the gateway was up.
    var charges: [String: Int] { state.withLock { $0.charges } }
    /// How often each refund was asked for, by idempotency key, while the gateway was up.
    var refunds: [String: Int] { state.withLock { $0.refunds } }
    /// How often money was taken at all.
    var takings: Int { state.withLock { $0.taken.count } }
    /// How many keys were refunded, whether something was taken under them or not.
    var closedCount: Int { state.withLock { $0.closed.count } }
    /// The keys whose money it holds.
    var held: [String] { state.withLock { state in state.taken.keys.filter { !state.givenBack.contains($0) } } }

    /// Lets what is late arrive.
    func arrive() { arrival.open() }

    func charge(_ amount: Money, idempotencyKey key: String) async throws -> Charge {
        let fate = try ask(of: key, count: \.charges) { $0.chargesAre }
        switch fate {
        case .answered: return take(amount, key)
        case .requestLost: throw loss
        case .answerLost:
            _ = take(amount, key)
            throw loss
        case .neverAnswered:
            _ = take(amount, key)
            while true { try await Task.sleep(for: .seconds(3600)) }
        case .answeredAfterRefund:
            let answer = take(amount, key)
            await closing.wait()
            return answer
        case .late:
            await arrival.wait()
            return take(amount, key)
        }
    }

    func refund(idempotencyKey key: String) async throws -> Refund {
        let fate = try ask(of: key, count: \.refunds) {
            $0.refundsAre.isEmpty ? .answered : $0.refundsAre.removeFirst()
        }
        if case .requestLost = fate { throw loss }
        let answer = giveBack(key)
        if case .answerLost = fate { throw loss }
        return answer
    }

    private func ask(
        of key: String, count: any WritableKeyPath<State, [String: Int]> & Sendable, _ fate: (inout State) -> Fate
    ) throws -> Fate {
        try state.withLock { state in
            if state.isDown { throw TidingsError(.unavailable, "the gateway cannot be reached") }
            state[keyPath: count][key, default: 0] += 1
            return fate(&state)
        }
    }

    private func take(_ amount: Money, _ key: String) -> Charge {
        state.withLock { state in
            if state.closed.contains(key) { return .declined(reason: "refunded") }
            state.taken[key] = amount
            return .approved(transactionId: "test-\(key)")
        }
    }

    private func giveBack(_ key: String) -> Refund {
        defer { closing.open() }
        return state.withLock { state in
            state.closed.insert(key)
            guard state.taken[key] != nil else { return .nothingTaken }
            state.givenBack.insert(key)
            return .refunded
        }
    }
}
