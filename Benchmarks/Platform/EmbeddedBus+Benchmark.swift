import Logging
import Tidings
import TidingsBroker
import TidingsRouting

/// Opens a bus in a folder of its own, and closes and removes it afterwards.
func withEmbeddedBus<Value>(
    in folder: BenchmarkFolder, _ body: (EmbeddedEventBus) async throws -> Value
) async throws -> Value {
    try await folder.withPath { path in
        let bus = try await EmbeddedEventBus.open(path, logger: Logger(label: "benchmarks"))
        do {
            let value = try await body(bus)
            await bus.close()
            return value
        } catch {
            await bus.close()
            throw error
        }
    }
}

/// Publishes so many events from eight publishers; each publishes as many whole batches as the others.
func publish(_ count: Int, inBatchesOf size: Int, to bus: EmbeddedEventBus) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for publisher in 0..<8 {
            group.addTask {
                var events = EventMaker(seed: publisher)
                for _ in 0..<count / 8 / size { try await bus.publish(events.next(size)) }
            }
        }
        try await group.waitForAll()
    }
}

extension Subscription {
    /// A group that gets every event of the benchmarks.
    static let benchmark = Subscription(group: "benchmark", pattern: EventPattern(types: "benchmark.*"))
}

/// Makes the events that are published: 512 bytes of data each, each with an identity of its own.
struct EventMaker {
    private static let subjects = (0..<1000).map { "order-\($0)" }
    private static let data = EventBytes(#"{"note":""# + String(repeating: "x", count: 501) + #""}"#)

    private let environment = RuntimeEnvironment.system
    private let hasSubjects: Bool
    private var count: Int

    /// - Parameters:
    ///   - seed: where in the subjects this publisher begins.
    ///   - hasSubjects: whether events have one, and so keep an order.
    init(seed: Int, hasSubjects: Bool = true) {
        count = seed * 31
        self.hasSubjects = hasSubjects
    }

    mutating func next() -> Envelope {
        count += 1
        return Envelope(
            id: environment.makeID(), source: "/benchmarks", type: "benchmark.published.v1",
            subject: hasSubjects ? Self.subjects[count % Self.subjects.count] : nil, time: environment.now(),
            data: Self.data)
    }

    mutating func next(_ count: Int) -> [Envelope] {
        (0..<count).map { _ in next() }
    }
}
