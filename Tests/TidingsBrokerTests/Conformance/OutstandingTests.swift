import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsRouting
import TidingsTesting

/// How much of a group may be out at once.
@Suite(.timeLimit(.minutes(10))) struct OutstandingTests {
    @Test func `a consumer has at most 100,000 events at once, and gets the rest as it settles`() async throws {
        let (limit, count) = (100_000, 101_500)
        var options = EmbeddedOptions()
        options.segmentBytes = 4 << 20
        let bus = try await EmbeddedEventBus.open(
            "/bus", options: options, logger: .quiet, environment: .seeded(1), fileSystem: SimulatedFileSystem())
        let consumer = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        for start in stride(from: 0, to: count, by: 500) {
            try await bus.publish((start..<start + 500).map { .numbered($0) })
        }
        // What comes is taken and not settled until there is no more.
        var held: [[Delivery]] = []
        while try await consumer.depth().inFlight < limit { held.append(try await consumer.next(atMost: 10_000)) }
        #expect(held.map(\.count).reduce(0, +) == limit)
        var depth = try await consumer.depth()
        #expect([depth.pending, depth.inFlight] == [count - limit, limit])

        let (starts, start) = AsyncStream.makeStream(of: Void.self)
        let waiting = Task {
            start.yield()
            return try await consumer.next(atMost: 10_000)
        }
        for await _ in starts { break }
        try await consumer.settle(held[0].prefix(300).map { .acknowledge($0.receipt) })
        // Three hundred are done, so that there is room for as many.
        var rest = try await waiting.value
        while rest.count < 300 { rest += try await consumer.next(atMost: 10_000) }
        #expect(rest.count == 300)
        depth = try await consumer.depth()
        #expect([depth.pending, depth.inFlight] == [count - limit - 300, limit])

        try await consumer.settle(held[0].dropFirst(300).map { .acknowledge($0.receipt) })
        for batch in held.dropFirst() { try await consumer.acknowledge(batch) }
        try await consumer.acknowledge(rest)
        while held.joined().count + rest.count < count {
            let deliveries = try await consumer.next(atMost: 10_000)
            try await consumer.acknowledge(deliveries)
            rest += deliveries
        }
        let numbers = (held.joined() + rest).map(\.event.number)
        // Compared apart: a difference of so many numbers takes long to describe.
        let isWhole = numbers.elementsEqual(0..<count)
        #expect(isWhole)
        #expect(try await bus.ledger(of: "group").isBalanced)
        await bus.close()
    }
}
