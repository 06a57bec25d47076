import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import OrderServices
import Synchronization
import Tidings
import TidingsPrometheus
import TidingsService

/// Orders a second from `POST /orders` to the final state, over HTTP, with everything in one process: three services,
/// their databases, the bus, and the clients.
struct OrdersBenchmark: Benchmark {
    static let name = "orders"

    private static let clients = 32
    private static let goal = 1000.0

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) async throws {
        // Fewer would measure how the last ones end rather than how many a second do.
        let count = max(2000, Int(Self.goal * (rounds.measured / .seconds(1))))
        report(
            try await rounds.rate(
                "orders: POST to final state, \(Self.clients) clients", besideGroupsOf: 1, goal: Self.goal
            ) { _ in
                try await rounds.folder.withPath { try await Self.rate(of: count, in: $0) }
            })
    }

    /// Orders a second from the first request to the last final state.
    private static func rate(of count: Int, in folder: String) async throws -> Double {
        let settings = Settings([
            "TIDINGS_DATA": folder, "LOG_LEVEL": "critical", "ORDER_PORT": "0", "PAYMENT_PORT": "0",
            "INVENTORY_PORT": "0",
        ])
        let platform = try await Platform.open(
            settings, scope: OrdersSystem.scope, metrics: PrometheusRegistry())
        let services = try await OrdersSystem.services(on: platform)
        let (ports, listening) = AsyncStream.makeStream(of: [String: Int].self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await platform.run(services, until: []) { listening.yield($0) }
            }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next()?["order"] else { throw CancellationError() }
            let rate = try await measure(count, at: "http://127.0.0.1:\(port)/orders")
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
            return rate
        }
    }

    private static func measure(_ count: Int, at url: String) async throws -> Double {
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        let clock = ContinuousClock()
        let start = clock.now
        do {
            try await place(count, at: url, client)
            while try await isAnyPending(at: url, client) { try await clock.sleep(for: .milliseconds(10)) }
        } catch {
            try await client.shutdown()
            throw error
        }
        let time = clock.now - start
        try await client.shutdown()
        return Double(count) / (time / .seconds(1))
    }

    private static func place(_ count: Int, at url: String, _ client: HTTPClient) async throws {
        let left = Left(count)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<clients {
                group.addTask {
                    while let number = left.take() {
                        var request = HTTPClientRequest(url: url)
                        request.method = .POST
                        request.headers.add(name: "Content-Type", value: "application/json")
                        request.body = .bytes(Data(order(number).utf8))
                        let response = try await client.execute(request, timeout: .seconds(30))
                        _ = try await response.body.collect(upTo: 1 << 16)
                        guard response.status == .created else { throw UnexpectedAnswer(status: response.status.code) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func isAnyPending(at url: String, _ client: HTTPClient) async throws -> Bool {
        let response = try await client.execute(
            HTTPClientRequest(url: "\(url)?status=PENDING&limit=1"), timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 1 << 16)
        return String(buffer: body).contains("orderId")
    }

    private static func order(_ number: Int) -> String {
        let item = #"{"productId":"p-\#(number % 10 + 1)","quantity":1,"unitPrice":"9.99"}"#
        return #"{"customerId":"c-\#(number)","items":[\#(item)]}"#
    }

    private struct UnexpectedAnswer: Error {
        let status: UInt
    }

    /// How many orders are still to be placed.
    private final class Left: Sendable {
        private let count: Atomic<Int>

        init(_ count: Int) {
            self.count = Atomic(count)
        }

        func take() -> Int? {
            let number = count.subtract(1, ordering: .relaxed).newValue
            return number >= 0 ? number : nil
        }
    }
}
