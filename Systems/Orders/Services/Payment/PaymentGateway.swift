/// What takes and gives back money.
///
/// Its answers may be lost on their way, after it took the money or gave it back. So a charge has a key that stands for it:
/// a charge or a refund is asked for again under the same key, and done once.
///
/// A charge and the refund of its key may be on their way at the same time, and a charge may arrive late. Whoever asks for
/// money cannot prevent that, so the gateway has to: the refund of a key closes it, also if nothing was charged under it so
/// far. What stands before a provider that closes no keys has to look after refunded keys as long as a charge may arrive.
public protocol PaymentGateway: Sendable {
    /// Takes money, once for each idempotency key. Under a key that was refunded it takes none: it declines, or gives back
    /// at once what it took.
    /// - Throws: if it is not known whether money was taken; asking again under the same key is right. `TidingsError`
    ///   with code `unavailable` if no answer came: however long that lasts within a day, no attempt is spent.
    func charge(_ amount: Money, idempotencyKey: String) async throws -> Charge

    /// Gives back what the charge under a key took, once however often it is asked, and closes the key.
    /// - Throws: if it is not known whether it was given back; asking again is right. `TidingsError` with code
    ///   `unavailable` as for a charge.
    func refund(idempotencyKey: String) async throws -> Refund
}

/// What a gateway answers to a charge.
public enum Charge: Sendable, Hashable, Codable {
    /// It took the money.
    case approved(transactionId: String)
    /// It refused.
    case declined(reason: String)
}

/// What a gateway answers to a refund.
public enum Refund: String, Sendable, Hashable, Codable {
    /// What was taken is given back, now or before.
    case refunded
    /// Nothing was taken, and nothing will be.
    case nothingTaken = "nothing_taken"
}
