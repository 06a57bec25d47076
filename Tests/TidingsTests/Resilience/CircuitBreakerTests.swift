import Testing
import Tidings
import TidingsTesting

@Suite struct CircuitBreakerTests {
    private struct Refused: Error {}

    private let clock = ManualClock()
    private let breaker: CircuitBreaker

    init() {
        breaker = CircuitBreaker("gateway", service: "test", threshold: 3, retryAfter: .seconds(5), time: clock)
    }

    private func fail() async throws { try await breaker.call { throw Refused() } }

    private func open() async {
        for _ in 0..<3 { try? await fail() }
    }

    @Test func `failures that are not in a row leave it closed`() async throws {
        for _ in 0..<5 {
            for _ in 0..<2 { await #expect(throws: Refused.self) { try await fail() } }
            #expect(try await breaker.call { 7 } == 7)
        }
        #expect(breaker.state == .closed)
    }

    @Test func `enough failures in a row open it, and it calls no more`() async {
        for _ in 0..<3 { await #expect(throws: Refused.self) { try await fail() } }
        #expect(breaker.state == .open)
        let error = await #expect(throws: TidingsError.self) {
            try await breaker.call { Issue.record("an open breaker called") }
        }
        #expect(error?.code == .circuitOpen)
        #expect(error?.isOutage == true)
    }

    @Test func `after a while one call tries, and its success closes it`() async throws {
        await open()
        clock.advance(by: .seconds(5))
        try await breaker.call {
            #expect(breaker.state == .halfOpen)
            // While it tries, others are refused.
            await #expect(throws: TidingsError.self) { try await breaker.call {} }
        }
        #expect(breaker.state == .closed)
        await #expect(throws: Refused.self) { try await fail() }
        #expect(breaker.state == .closed, "it counts from the beginning")
    }

    @Test func `a trial that fails opens it anew, and its own error counts`() async {
        await open()
        clock.advance(by: .seconds(5))
        await #expect(throws: Refused.self) { try await fail() }
        #expect(breaker.state == .open)
        clock.advance(by: .seconds(4))
        await #expect(throws: TidingsError.self) { try await breaker.call { Issue.record("called too early") } }
        clock.advance(by: .seconds(1))
        await #expect(throws: Never.self) { try await breaker.call {} }
        #expect(breaker.state == .closed)
    }

    @Test func `a trial that is cancelled says nothing, and the next call tries`() async {
        await open()
        clock.advance(by: .seconds(5))
        await #expect(throws: CancellationError.self) { try await breaker.call { throw CancellationError() } }
        #expect(breaker.state == .open)
        await #expect(throws: Never.self) { try await breaker.call {} }
        #expect(breaker.state == .closed)
    }

    @Test(.timeLimit(.minutes(1))) func `a call that takes too long is cancelled, and is an outage`() async throws {
        let breaker = CircuitBreaker("gateway", service: "test", threshold: 1, timeout: .seconds(30), time: clock)
        let call = Task { [clock] in
            try await breaker.call { try await clock.sleep(for: .seconds(3600)) }
        }
        try await clock.waitForSleepers(2)
        clock.advance(by: .seconds(30))
        let error = await #expect(throws: TidingsError.self) { try await call.value }
        #expect(error?.code == .unavailable)
        #expect(error?.isOutage == true)
        #expect(breaker.state == .open)
    }

    @Test func `a call that began before it opened and ends well leaves it open`() async throws {
        try await breaker.call { await self.open() }
        #expect(breaker.state == .open)
    }

    @Test func `cancellations are no failures`() async {
        for _ in 0..<10 {
            await #expect(throws: CancellationError.self) { try await breaker.call { throw CancellationError() } }
        }
        #expect(breaker.state == .closed)
    }
}
