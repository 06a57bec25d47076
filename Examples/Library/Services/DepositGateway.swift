/// Takes deposits. Throws if another attempt may help; a refusal is an answer.
protocol DepositGateway: Sendable {
    /// - Parameter key: the same at each attempt, so that nobody is charged twice.
    func charge(_ amount: Int, to member: String, key: String) async throws -> Charge

    /// Gives back what was taken under a key, if anything was, and takes nothing under it any more.
    func refund(key: String) async throws
}

enum Charge: Codable, Equatable {
    case taken(receipt: String)
    case refused(reason: String)
}

/// Takes every deposit up to a limit.
struct SimulatedGateway: DepositGateway {
    let limit: Int

    func charge(_ amount: Int, to member: String, key: String) async throws -> Charge {
        amount <= limit ? .taken(receipt: "receipt-\(key)") : .refused(reason: "the deposit is over \(limit)")
    }

    func refund(key: String) async throws {}
}
