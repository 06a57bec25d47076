import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1))) struct RetriedOrderTests {
    @Test func `a retried batch keeps the order of a key while events of another key are held back`() async throws {
        try await Bench.with { bench in
            let isBroken = Dial(1)
            let stock = bench.subscriber {
                $0.retry = RetryPolicy(maximumAttempts: 1000, initialDelay: .zero)
            } _: {
                On(Placed.self) { placed, transaction in
                    if placed.order == "b" || isBroken.value == 1 { throw Unhappy() }
                    try transaction.note("\(placed.order) \(placed.note ?? "")")
                }
                On(Counted.self) { counted, _ in
                    counted.number
                } then: { counted, number, transaction in
                    try transaction.note("\(counted.order) \(number)")
                }
            }
            try await bench.running(stock) {
                try await bench.publish(
                    Placed(order: "b", note: "1"), Placed(order: "a", note: "1"), Counted(order: "b", number: 2),
                    Counted(order: "a", number: 2), Placed(order: "a", note: "3"))
                await bench.bus.waitUntilIdle()
                isBroken.value = 0
                try await bench.until(advancing: .milliseconds(100)) { try await bench.seen().count == 3 }
                #expect(try await bench.seen() == ["a 1", "a 2", "a 3"])
            }
        }
    }
}
