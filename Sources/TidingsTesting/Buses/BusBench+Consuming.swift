import Tidings
import TidingsRouting

extension BusBench {
    func join(
        _ group: String, _ pattern: EventPattern = .all, from start: Subscription.Start = .latest,
        visibility: Duration? = nil
    ) async throws -> any EventConsumer {
        try await bus.subscribe(
            Subscription(group: group, pattern: pattern, start: start, visibilityTimeout: visibility ?? self.visibility)
        )
    }

    /// Takes the next batch, within a limit of real time.
    func next(_ consumer: any EventConsumer, atMost maximum: Int = 100) async throws -> [Delivery] {
        try await within("the next events") { try await consumer.next(atMost: maximum) }
    }

    /// Takes so many events, in as many batches as it needs.
    func take(_ count: Int, from consumer: any EventConsumer) async throws -> [Delivery] {
        var deliveries: [Delivery] = []
        while deliveries.count < count {
            deliveries += try await next(consumer, atMost: count - deliveries.count)
        }
        return deliveries
    }

    /// Takes and acknowledges so many events, in batches.
    func consume(_ count: Int, from consumer: any EventConsumer, batch: Int = 100) async throws -> [Delivery] {
        var all: [Delivery] = []
        while all.count < count {
            let deliveries = try await next(consumer, atMost: batch)
            try expect(deliveries.count <= batch, "\(batch) events were asked for and \(deliveries.count) came")
            all += deliveries
            try await consumer.settle(deliveries.map { .acknowledge($0.receipt) })
        }
        return all
    }

    /// The numbers of so many events that are taken and acknowledged, in batches.
    func drain(_ count: Int, from consumer: any EventConsumer, batch: Int = 100) async throws -> [Int] {
        Self.numbers(try await consume(count, from: consumer, batch: batch))
    }

    /// Expects that a group has nothing to take now: the event that is published now is the next to come.
    func expectNothing(for consumer: any EventConsumer, _ why: String) async throws {
        try await publish([999])
        let deliveries = try await next(consumer)
        try expect(Self.numbers(deliveries) == [999], "\(why), and \(Self.numbers(deliveries)) came")
        try await consumer.settle(deliveries.map { .acknowledge($0.receipt) })
    }

    /// Expects each of these numbers once, and those of a key from the lowest to the highest.
    func expect(_ deliveries: [Delivery], are numbers: some Sequence<Int>, _ what: String) throws {
        let expected = Set(numbers)
        let found = Self.numbers(deliveries)
        let missing = expected.subtracting(found).sorted()
        let unwanted = Set(found).subtracting(expected).sorted()
        try expect(missing.isEmpty, "\(what): \(missing.count) are missing, the first is \(missing.first ?? 0)")
        try expect(unwanted.isEmpty, "\(what): \(unwanted.count) are not wanted, the first is \(unwanted.first ?? 0)")
        try expect(found.count, is: expected.count, "\(what): how many came, each of them once")
        guard has(.order) else { return }
        var last: [String: Int] = [:]
        for (number, delivery) in zip(found, deliveries) {
            guard let key = delivery.event.subject else { continue }
            let before = last.updateValue(number, forKey: key)
            try expect(before ?? .min < number, "\(what): key \(key) went from \(before ?? 0) back to \(number)")
        }
    }
}
