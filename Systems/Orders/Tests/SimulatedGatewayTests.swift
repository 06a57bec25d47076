import OrderServices
import Testing

@Suite struct SimulatedGatewayTests {
    private static let count = 10_000

    @Test(arguments: [0.1, 0.5, 0.9, 0.99], [UInt64(0), 1, 42])
    func `over ten thousand payments the success rate is within four standard deviations`(
        _ rate: Double, _ seed: UInt64
    ) async throws {
        let approved = try await approvals(at: rate, seed: seed)
        let deviation = (Double(Self.count) * rate * (1 - rate)).squareRoot()
        #expect(abs(Double(approved) - Double(Self.count) * rate) <= 4 * deviation)
    }

    @Test(arguments: [0.0, 1.0])
    func `at 0 and at 1 the success rate is exact`(_ rate: Double) async throws {
        #expect(try await approvals(at: rate, seed: 0) == Int(rate) * Self.count)
    }

    @Test func `one key has one answer, whoever asks and however often`() async throws {
        for number in 0..<100 {
            let answers = try await [
                charge("key-\(number)", seed: 7), charge("key-\(number)", seed: 7),
                SimulatedGateway(successRate: 0.5, seed: 7).charge(Money(cents: 999), idempotencyKey: "key-\(number)"),
            ]
            #expect(Set(answers).count == 1)
        }
    }

    @Test func `another seed answers otherwise`() async throws {
        var differing = 0
        for number in 0..<1000 {
            if try await charge("key-\(number)", seed: 1) != charge("key-\(number)", seed: 2) { differing += 1 }
        }
        #expect((300...700).contains(differing))
    }

    private func charge(_ key: String, seed: UInt64) async throws -> Charge {
        try await SimulatedGateway(successRate: 0.5, seed: seed).charge(Money(cents: 1), idempotencyKey: key)
    }

    private func approvals(at rate: Double, seed: UInt64) async throws -> Int {
        let gateway = SimulatedGateway(successRate: rate, seed: seed)
        var approved = 0
        for number in 0..<Self.count {
            let charge = try await gateway.charge(Money(cents: 999), idempotencyKey: "payment:/orders:event-\(number)")
            if case .approved = charge { approved += 1 }
        }
        return approved
    }
}
