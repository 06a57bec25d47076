import Testing
import Tidings

@Suite struct RetryPolicyTests {
    @Test(
        arguments: [
            (0, 1.0, 1.0), (1, 1.0, 1.0), (2, 1.0, 2.0), (3, 1.0, 4.0), (4, 1.0, 8.0), (9, 1.0, 256.0),
            (10, 1.0, 300.0),
            (11, 1.0, 300.0), (1_000_000, 1.0, 300.0), (.max, 1.0, 300.0), (3, 0.0, 0.0), (3, 0.5, 2.0),
        ] as [(Int, Double, Double)])
    func `the wait doubles with each attempt up to its limit`(_ attempt: Int, random: Double, seconds: Double) {
        #expect(RetryPolicy().delay(afterAttempt: attempt, random: random) == .seconds(seconds))
    }

    @Test func `a policy gives at least one attempt`() {
        #expect(RetryPolicy(maximumAttempts: 0).maximumAttempts == 1)
    }

    @Test func `a limit below the first wait holds`() {
        let policy = RetryPolicy(initialDelay: .seconds(10), maximumDelay: .seconds(3))
        #expect(policy.delay(afterAttempt: 1, random: 1) == .seconds(3))
    }

    @Test func `the longest waits of all attempts add up to what is documented`() {
        let policy = RetryPolicy()
        let waits = (1..<policy.maximumAttempts).map { policy.delay(afterAttempt: $0, random: 1) }
        #expect(waits.reduce(.zero, +) == .seconds(511))
    }
}
