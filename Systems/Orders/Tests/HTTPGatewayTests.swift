import Foundation
import OrderServices
import Testing
import Tidings

@Suite(.timeLimit(.minutes(1))) struct HTTPGatewayTests {
    private let price = Money(cents: 1998)
    private let approving = ["--approve", "1"]

    /// The entries of one kind in a ledger.
    private func count(_ entry: String, in ledger: String) throws -> Int {
        try String(contentsOfFile: ledger, encoding: .utf8).split(separator: "\n").count {
            $0.contains(#""entry": "\#(entry)""#)
        }
    }

    @Test func `a charge takes money once and a refund gives it back once, however often they are asked for`()
        async throws
    {
        try await TemporaryFolder.with { folder in
            let ledger = "\(folder)/ledger"
            try await GatewayProcess.with(approving, ledger: ledger) { gateway, _ in
                for _ in 0..<3 {
                    let charge = try await gateway.charge(price, idempotencyKey: "a/b:c")
                    #expect(charge == .approved(transactionId: "ledger-a/b:c"))
                }
                for _ in 0..<3 {
                    let refund = try await gateway.refund(idempotencyKey: "a/b:c")
                    #expect(refund == .refunded)
                }
            }
            #expect(try count("taken", in: ledger) == 1)
            #expect(try count("given_back", in: ledger) == 1)
        }
    }

    @Test func `a key that was refunded before it was charged takes nothing`() async throws {
        try await TemporaryFolder.with { folder in
            let ledger = "\(folder)/ledger"
            try await GatewayProcess.with(approving, ledger: ledger) { gateway, _ in
                let refund = try await gateway.refund(idempotencyKey: "k")
                #expect(refund == .nothingTaken)
                let charge = try await gateway.charge(price, idempotencyKey: "k")
                #expect(charge == .declined(reason: "refunded"))
            }
            #expect(try count("taken", in: ledger) == 0)
        }
    }

    @Test(arguments: [
        ("http://localhost:3099", true), ("https://pay.example/v1", true), ("localhost:3099", false),
        ("ftp://a", false),
        ("http://a/", false), ("http://me:secret@a", false), ("http://a?key=1", false), ("http://a#b", false),
        ("http://a:99999", false),
    ])
    func `an address is taken if requests can be sent there as it stands`(_ text: String, _ isTaken: Bool) {
        #expect(HTTPGateway.isAddress(text) == isTaken)
    }

    @Test func `a gateway that declines says why`() async throws {
        try await TemporaryFolder.with { folder in
            try await GatewayProcess.with(["--approve", "0"], ledger: "\(folder)/ledger") { gateway, _ in
                let charge = try await gateway.charge(price, idempotencyKey: "k")
                #expect(charge == .declined(reason: "card_declined"))
            }
        }
    }

    @Test func `what the ledger holds outlives the gateway, but for a line that was not written to its end`()
        async throws
    {
        try await TemporaryFolder.with { folder in
            let ledger = "\(folder)/ledger"
            try await GatewayProcess.with(approving, ledger: ledger) { gateway, process in
                _ = try await gateway.charge(price, idempotencyKey: "k")
                process.kill()
                let error = await #expect(throws: TidingsError.self) { try await gateway.refund(idempotencyKey: "k") }
                #expect(error?.code == .unavailable)
            }
            let file = try #require(FileHandle(forWritingAtPath: ledger))
            try file.seekToEnd()
            try file.write(contentsOf: Data(#"{"at": 1, "entry": "given_back", "key": "k"#.utf8))
            try file.close()
            try await GatewayProcess.with(approving, ledger: ledger) { gateway, _ in
                let refund = try await gateway.refund(idempotencyKey: "k")
                #expect(refund == .refunded)
            }
            #expect(try count("given_back", in: ledger) == 1)
        }
    }

    @Test func `a lost request and a lost answer look the same, and the money is known by asking again`() async throws {
        try await TemporaryFolder.with { folder in
            let ledger = "\(folder)/ledger"
            try await GatewayProcess.with(approving + ["--lose", "2"], ledger: ledger) { gateway, _ in
                for key in ["a", "b"] {
                    let error = await #expect(throws: TidingsError.self) {
                        try await gateway.charge(price, idempotencyKey: key)
                    }
                    #expect(error?.code == .unavailable)
                }
            }
            #expect(try count("taken", in: ledger) == 1)
            try await GatewayProcess.with(approving, ledger: ledger) { gateway, _ in
                let refunds = try await [
                    gateway.refund(idempotencyKey: "a"), gateway.refund(idempotencyKey: "b"),
                ]
                #expect(Set(refunds) == [.refunded, .nothingTaken])
            }
        }
    }

    @Test func `orders are paid and paid back by a gateway that the settings name`() async throws {
        try await TemporaryFolder.with { folder in
            let ledger = "\(folder)/ledger"
            try await GatewayProcess.with(approving, ledger: ledger) { _, process in
                try await RunningOrders.with(["PAYMENT_GATEWAY_URL": process.url]) { orders in
                    let order = try await orders.finish()
                    #expect(order["status"] == "CONFIRMED")
                    let cancelled = try await orders.finish(1, of: "unknown")
                    try await orders.until {
                        try await orders.payments(of: cancelled).map { $0["status"] } == ["refunded"]
                    }
                }
            }
            #expect(try count("taken", in: ledger) == 2)
            #expect(try count("given_back", in: ledger) == 1)
        }
    }
}
