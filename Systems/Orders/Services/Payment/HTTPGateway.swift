import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Tidings

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A gateway that is spoken to over HTTP with JSON: `POST /charges` and `POST /refunds`. `scripts/payment-gateway` is one.
public struct HTTPGateway: PaymentGateway {
    private let url: String
    private let timeout: Duration

    /// Speaks to a gateway; nothing is sent yet.
    /// - Parameters:
    ///   - url: where it is, with `http:` or `https:`, without a slash at its end.
    ///   - timeout: how long it may take to answer; after that it is not known what it did.
    public init(url: String, timeout: Duration) {
        self.url = url
        self.timeout = timeout
    }

    /// Whether a text is an address that requests can be sent to: `http:` or `https:` with a host, perhaps a port and a
    /// path, and no slash at its end.
    public static func isAddress(_ text: String) -> Bool {
        guard let url = URL(string: text), let host = url.host() else { return false }
        let isPlain = url.user() == nil && url.password() == nil && url.query() == nil && url.fragment() == nil
        return ["http", "https"].contains(url.scheme) && !host.isEmpty && isPlain && !text.hasSuffix("/")
            && (1...65535).contains(url.port ?? 80)
    }

    /// Follows no redirects: key and amount are for the gateway alone.
    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: HTTPClient.Configuration(redirectConfiguration: .disallow))

    private struct ChargeRequest: Encodable {
        let key: String
        let amount: Money
    }

    private struct ChargeAnswer: Decodable {
        enum Status: String, Decodable {
            case approved, declined
        }

        let status: Status
        let transactionId: String?
        let reason: String?
    }

    private struct RefundRequest: Encodable {
        let key: String
    }

    private struct RefundAnswer: Decodable {
        let status: Refund
    }

    /// Sends `{"key":…,"amount":"9.99"}` to `/charges`.
    public func charge(_ amount: Money, idempotencyKey: String) async throws -> Charge {
        let answer = try await send(
            ChargeRequest(key: idempotencyKey, amount: amount), to: "/charges", for: ChargeAnswer.self)
        switch answer.status {
        case .approved:
            guard let id = answer.transactionId else {
                throw Self.unreadable("it approved a charge without saying which")
            }
            return .approved(transactionId: id)
        case .declined:
            return .declined(reason: answer.reason ?? "declined")
        }
    }

    /// Sends `{"key":…}` to `/refunds`.
    public func refund(idempotencyKey: String) async throws -> Refund {
        try await send(RefundRequest(key: idempotencyKey), to: "/refunds", for: RefundAnswer.self).status
    }

    private func send<Answer: Decodable>(
        _ body: some Encodable, to path: String, for type: Answer.Type
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url + path)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        let content = Array(try JSONEncoder().encode(body))
        request.body = .bytes(content, length: .known(Int64(content.count)))
        let (status, bytes) = try await answer(to: request)
        switch status {
        case 200:
            do {
                return try JSONDecoder().decode(type, from: Data(bytes))
            } catch {
                throw Self.unreadable("it answered what cannot be read")
            }
        case 408, 429, 500...:
            throw TidingsError(.unavailable, "the payment gateway answered \(status)")
        default:
            throw TidingsError(.unsupported, "the payment gateway refused the request with \(status)")
        }
    }

    private func answer(to request: HTTPClientRequest) async throws -> (status: UInt, bytes: [UInt8]) {
        do {
            return try await withThrowingTaskGroup(of: (status: UInt, bytes: [UInt8]).self) { group in
                group.addTask {
                    let response = try await Self.client.execute(request, timeout: TimeAmount(timeout))
                    let body = try await response.body.collect(upTo: 65_536)
                    return (response.status.code, Array(body.readableBytesView))
                }
                // The client's own time-out ends with the head of the answer.
                group.addTask {
                    try await Task.sleep(for: timeout)
                    throw TidingsError(.timedOut, "it took longer than \(timeout)")
                }
                defer { group.cancelAll() }
                guard let answer = try await group.next() else { throw CancellationError() }
                return answer
            }
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw TidingsError(.unavailable, "the payment gateway gave no answer", cause: error)
        }
    }

    private static func unreadable(_ what: String) -> TidingsError {
        TidingsError(.unsupported, "the payment gateway speaks otherwise than expected: \(what)")
    }
}
