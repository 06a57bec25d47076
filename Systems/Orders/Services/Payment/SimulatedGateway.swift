/// A gateway that decides by chance, in the same way for the same idempotency key and seed, so that it needs no memory.
///
/// It moves no money, and no answer of it is lost. For lack of a memory it closes no keys.
public struct SimulatedGateway: PaymentGateway {
    private let successRate: Double
    private let seed: UInt64

    /// Makes a gateway.
    /// - Parameters:
    ///   - successRate: the share of charges that it approves, 0.0 to 1.0.
    ///   - seed: what its chance comes from.
    public init(successRate: Double, seed: UInt64 = 0) {
        self.successRate = successRate
        self.seed = seed
    }

    /// Approves or declines.
    public func charge(_ amount: Money, idempotencyKey: String) async throws -> Charge {
        let chance = chance(for: idempotencyKey)
        guard chance < successRate else { return .declined(reason: "card_declined") }
        return .approved(transactionId: "simulated-\(idempotencyKey)")
    }

    /// Says that the money is given back.
    public func refund(idempotencyKey: String) async throws -> Refund { .refunded }

    /// A number in `0..<1` that hangs on the key and the seed alone: FNV-1a, stirred by SplitMix64's finaliser.
    private func chance(for key: String) -> Double {
        var hash = 0xcbf2_9ce4_8422_2325 ^ seed
        for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        hash ^= hash >> 31
        return Double(hash >> 11) * 0x1p-53
    }
}
