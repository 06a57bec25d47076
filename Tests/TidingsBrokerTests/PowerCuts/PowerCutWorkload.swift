import Synchronization
import Tidings
import TidingsBroker
import TidingsLog
import TidingsRouting
import TidingsTesting

/// A script that does a little of everything to a bus, and keeps account of what it is promised.
final class PowerCutWorkload: Sendable {
    static let folder = "/data/bus"
    let promises = Mutex(Promises())
    private let clock = ManualClock()
    private let next = Mutex(0)
    private let isHealthy: @Sendable () -> Bool

    /// - Parameter isHealthy: Whether the disk did all that it was asked to so far. Once it did not, what hides its
    ///   failures promises nothing.
    init(isHealthy: @escaping @Sendable () -> Bool = { true }) {
        self.isHealthy = isHealthy
    }

    static var options: EmbeddedOptions {
        var options = EmbeddedOptions()
        options.segmentBytes = 8 << 10
        options.cacheBytes = 4 << 10
        options.checkpointBytes = 24 << 10
        options.retentionBytes = 24 << 10
        options.windowEvents = 16
        return options
    }

    static func open(
        _ fileSystem: any FileSystem, _ clock: ManualClock = ManualClock()
    ) async throws -> EmbeddedEventBus {
        try await EmbeddedEventBus.open(
            folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: fileSystem)
    }

    static func event(_ number: Int) -> Envelope {
        .numbered(number, key: number % 4 == 0 ? nil : "key \(number % 4)", padding: number * 7919 % 300)
    }

    /// Runs the script to its end.
    func run(on fileSystem: any FileSystem) async throws {
        var bus = try await Self.open(fileSystem, clock)
        var quick = try await join(bus, "quick")
        var slow = try await join(bus, "slow")
        for _ in 0..<4 { try await publish(bus, 1) }
        try await publish(bus, 6)
        try await consume(quick, "quick", taking: 8, acknowledging: 5, releasing: 2)
        try await consume(slow, "slow", taking: 3, acknowledging: 1, releasing: 1)
        try await checkpoint(bus)
        let early = try await join(bus, "early", .earliest)
        try await publish(bus, 5)
        try await consumeAll(early, "early", atLeast: 15)
        let passing = try await join(bus, "passing")
        try await publish(bus, 12)
        try await consume(passing, "passing", taking: 4, acknowledging: 2, releasing: 1)
        try await remove(bus, "passing")
        await close(bus)

        bus = try await Self.open(fileSystem, clock)
        quick = try await join(bus, "quick")
        slow = try await join(bus, "slow")
        let again = try await join(bus, "early")
        var pinning: [Delivery] = []
        for round in 0..<5 {
            try await publish(bus, 14)
            try await consumeAll(quick, "quick", atLeast: 14)
            try await consumeAll(again, "early", atLeast: 14)
            // All but the first, which pins what it stands in, so that it and what is behind it are compacted.
            if round == 3 { pinning = try await consumeAllButFirst(slow, "slow", releasing: 10) }
            if round % 2 == 1 { try await maintenance(bus) }
        }
        // Nobody needs the compacted ones any more, and they go.
        try await settle(slow, "slow", acknowledging: pinning)
        try await maintenance(bus)
        for _ in 0..<3 { try await publish(bus, 1) }
        try await consume(quick, "quick", taking: 2, acknowledging: 1, releasing: 0)
        await close(bus)
    }

    private func join(
        _ bus: EmbeddedEventBus, _ name: String, _ start: Subscription.Start = .latest
    ) async throws -> any EventConsumer {
        promises.withLock { promises in
            guard promises.groups[name] == nil else { return }
            promises.groups[name] = Promises.Group()
            if start == .earliest { promises.groups[name]?.possible = promises.begun }
        }
        let consumer = try await bus.subscribe(Subscription(group: name, pattern: .all, start: start))
        promises.withLock { promises in
            promises.settle()
            guard promises.groups[name]?.isMade == false else { return }
            promises.groups[name]?.isMade = true
            if start == .earliest { promises.groups[name]?.owed = Set(promises.sequences.keys) }
        }
        return consumer
    }

    private func publish(_ bus: EmbeddedEventBus, _ count: Int) async throws {
        let numbers = next.withLock { next in
            defer { next += count }
            return Array(next..<next + count)
        }
        promises.withLock { promises in
            promises.begun.formUnion(numbers)
            promises.batches.append(numbers)
            for name in promises.groups.keys where promises.groups[name]?.isGoing == false {
                promises.groups[name]?.possible.formUnion(numbers)
            }
        }
        let published = try await bus.publish(numbers.map(Self.event))
        promises.withLock { promises in
            promises.settle()
            for (number, event) in zip(numbers, published) { promises.sequences[number] = event.sequence }
            for name in promises.groups.keys where promises.groups[name]?.isMade == true {
                promises.groups[name]?.owed.formUnion(numbers)
            }
        }
    }

    private func take(_ consumer: any EventConsumer, _ name: String, _ maximum: Int) async throws -> [Delivery] {
        // Until it returns, nobody knows which they are.
        promises.withLock { promises in
            for number in promises.groups[name]?.possible ?? [] {
                promises.groups[name]?.takes[number, default: (0, 0)].begun += 1
            }
        }
        let deliveries = try await consumer.next(atMost: maximum)
        promises.withLock { promises in
            let taken = Set(deliveries.map(\.event.number))
            for number in promises.groups[name]?.possible ?? [] where !taken.contains(number) {
                promises.groups[name]?.takes[number]?.begun -= 1
            }
        }
        return deliveries
    }

    private func settle(
        _ consumer: any EventConsumer, _ name: String, acknowledging done: [Delivery], releasing back: [Delivery] = []
    ) async throws {
        promises.withLock { promises in
            promises.groups[name]?.acknowledged.formUnion(done.map(\.event.number))
            for delivery in back { promises.groups[name]?.releases[delivery.event.number, default: 0] += 1 }
        }
        try await consumer.settle(
            done.map { .acknowledge($0.receipt) } + back.map { .release($0.receipt) })
    }

    /// Takes so many, acknowledges and gives back some of them, and keeps the rest.
    private func consume(
        _ consumer: any EventConsumer, _ name: String, taking count: Int, acknowledging done: Int, releasing back: Int
    ) async throws {
        var deliveries: [Delivery] = []
        // Events of a key that is out are not to be had, so that fewer may come.
        while deliveries.count < count, let next = try await nextIfAny(consumer, name, count - deliveries.count) {
            deliveries += next
        }
        // The last ones first, so that the oldest stay.
        let ended = Array(deliveries.reversed().prefix(done))
        try await settle(
            consumer, name, acknowledging: ended,
            releasing: Array(deliveries.reversed().dropFirst(done).prefix(back)))
    }

    /// One take, where something of the first events is not out.
    private func nextIfAny(_ consumer: any EventConsumer, _ name: String, _ maximum: Int) async throws -> [Delivery]? {
        guard try await consumer.depth().inFlight == 0 else { return nil }
        return try await take(consumer, name, maximum)
    }

    private func consumeAll(_ consumer: any EventConsumer, _ name: String, atLeast count: Int) async throws {
        var taken = 0
        while taken < count {
            let deliveries = try await take(consumer, name, 100)
            try await settle(consumer, name, acknowledging: deliveries)
            taken += deliveries.count
        }
    }

    /// Takes and acknowledges all that waits, some of it after it was given back, and keeps the first that has no key.
    private func consumeAllButFirst(
        _ consumer: any EventConsumer, _ name: String, releasing back: Int
    ) async throws -> [Delivery] {
        var deliveries = try await take(consumer, name, 100)
        let first = deliveries.firstIndex { $0.event.subject == nil }.map { deliveries.remove(at: $0) }
        try await settle(
            consumer, name, acknowledging: Array(deliveries.dropFirst(back)),
            releasing: Array(deliveries.prefix(back)))
        while try await consumer.depth().pending > 0 {
            try Task.checkCancellation()
            try await settle(consumer, name, acknowledging: try await take(consumer, name, 100))
        }
        return first.map { [$0] } ?? []
    }

    private func checkpoint(_ bus: EmbeddedEventBus) async throws {
        try await bus.checkpoint()
        promises.withLock { $0.settle() }
    }

    private func maintenance(_ bus: EmbeddedEventBus) async throws {
        await bus.runMaintenance()
        settleIfHealthy()
    }

    private func close(_ bus: EmbeddedEventBus) async {
        await bus.close()
        settleIfHealthy()
    }

    private func settleIfHealthy() {
        promises.withLock { promises in
            if isHealthy() { promises.settle() }
        }
    }

    private func remove(_ bus: EmbeddedEventBus, _ name: String) async throws {
        promises.withLock { $0.groups[name]?.isGoing = true }
        try await bus.removeGroup(name)
        promises.withLock { promises in
            promises.settle()
            promises.groups[name]?.isGone = true
        }
    }
}
