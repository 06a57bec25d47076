import HTTPTypes
public import Hummingbird
public import Tidings
import TidingsLog

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a route has done for requests with an `Idempotency-Key`, so that a request that is sent again does nothing more.
///
/// A key is one of a route and a client: the same text of another client, or sent to another route, is another key. It is
/// remembered in the service's own database, in the transaction that does what was asked, for 24 hours unless the service
/// says otherwise. After that it is as good as new. The hours are running time, as those of ``RetentionPolicy``: they pass
/// while an ``EventRuntime`` runs on the database, and no clock that is set makes a request that is sent again a new one.
///
/// ```swift
/// let keys = IdempotencyKeys(of: "POST /orders")
/// let id = try await database.transaction { transaction in
///     try keys.once(key, of: order.customerId, for: order, in: transaction) {
///         try OrderTable.insert(order, in: transaction)
///     }
/// }
/// ```
public struct IdempotencyKeys: Sendable {
    private let route: String
    private let horizon: Duration
    /// How many old keys go with each new one: more than one, so that they never pile up.
    private let slice = 100

    /// Makes the keys of one route.
    /// - Parameters:
    ///   - route: the method and the path of the route, as it stands among its routes; never changed once released.
    ///   - horizon: how long a key is remembered, in running time, above 0; 24 hours unless it is given.
    public init(of route: String, horizon: Duration = .seconds(24 * 3600)) {
        self.route = route
        self.horizon = horizon
    }

    /// The table of the keys; among the migrations of a database whose service uses them.
    public static var migration: Migration {
        Migration(
            "tidings-idempotency-1",
            """
            CREATE TABLE tidings_idempotency_keys (
                route TEXT NOT NULL, client TEXT NOT NULL, text TEXT NOT NULL, request BIGINT NOT NULL,
                result TEXT NOT NULL, running_time BIGINT NOT NULL, PRIMARY KEY (route, client, text))
            """,
            "CREATE INDEX tidings_idempotency_keys_age ON tidings_idempotency_keys (route, running_time)")
    }

    /// Runs a body, or returns what it returned when it ran for the same key.
    ///
    /// What the body throws is not remembered.
    /// - Parameters:
    ///   - key: the key that was sent; without one the body runs.
    ///   - client: who sent the request, as the service tells clients apart: the name that it authenticated, or the customer
    ///     whom the request is for. Not a token or an address, which may be new when a request is sent again.
    ///   - request: what was asked. Requests that encode to the same JSON are the same.
    ///   - transaction: the one in which the body writes.
    /// - Throws: ``Problem`` with status 422 if the key stands for another request; what the body throws.
    public func once<Result: Codable>(
        _ key: String?, of client: String, for request: some Encodable, in transaction: Transaction,
        _ body: () throws -> Result
    ) throws -> Result {
        guard let key else { return try body() }
        let digest = try Self.digest(of: request)
        let now = try transaction.runningTime
        let horizon = now - horizon
        let known = try transaction.query(
            """
            SELECT request, result FROM tidings_idempotency_keys
            WHERE route = \(route) AND client = \(client) AND text = \(key)
                AND running_time > \(horizon.microseconds)
            """)
        if let known = known.first {
            guard try known.value("request", as: Int64.self) == digest else { throw Problem.reusedKey }
            let result: String = try known.value("result")
            return try JSONDecoder().decode(Result.self, from: Data(result.utf8))
        }
        let result = try body()
        try prune(before: horizon, in: transaction)
        let text = String(decoding: try JSONEncoder().encode(result), as: UTF8.self)
        try transaction.execute(
            """
            INSERT INTO tidings_idempotency_keys (route, client, text, request, result, running_time)
            VALUES (\(route), \(client), \(key), \(digest), \(text), \(now.microseconds))
            ON CONFLICT (route, client, text)
            DO UPDATE SET request = excluded.request, result = excluded.result,
                running_time = excluded.running_time
            """)
        return result
    }

    /// Removes some of the route's keys that are as good as new; other routes may remember theirs for longer.
    private func prune(before horizon: Duration, in transaction: Transaction) throws {
        try transaction.execute(
            """
            DELETE FROM tidings_idempotency_keys WHERE (route, client, text) IN (
                SELECT route, client, text FROM tidings_idempotency_keys
                WHERE route = \(route) AND running_time <= \(horizon.microseconds) ORDER BY running_time LIMIT \(slice))
            """)
    }

    private static func digest(of request: some Encodable) throws -> Int64 {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = Array(try encoder.encode(request))
        return Int64(bitPattern: text.withUnsafeBytes { XXH64.hash($0.bytes, seed: 0) })
    }
}

extension Request {
    /// The header `Idempotency-Key`; `nil` without one.
    /// - Throws: ``Problem`` with status 400 if it has not 1 to 255 bytes, or is not normal text.
    public func idempotencyKey() throws(Problem) -> String? {
        guard let name = HTTPField.Name("Idempotency-Key"), let key = headers[name] else { return nil }
        guard (1...255).contains(key.utf8.count) else {
            throw .invalidParameter("Idempotency-Key", "the header `Idempotency-Key` has 1 to 255 bytes")
        }
        guard key.isNormalText else {
            throw .invalidParameter(
                "Idempotency-Key", "the header `Idempotency-Key` is text in normal form C without control characters")
        }
        return key
    }
}

extension Problem {
    /// An idempotency key was sent with another request before.
    static let reusedKey = Problem(
        .unprocessableContent, "idempotency-key-reused", "The Idempotency-Key stands for another request",
        detail: "use a new key for a new request, or send the request as it was", parameter: "Idempotency-Key")
}
