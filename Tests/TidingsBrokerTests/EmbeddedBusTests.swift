import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

@Suite(.timeLimit(.minutes(10))) struct EmbeddedBusTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ options: EmbeddedOptions = .medium) async throws -> EmbeddedEventBus {
        try await EmbeddedEventBus.open(folder.path, options: options, logger: .quiet, environment: .seeded(1))
    }

    @Test func `a bus delivers what nobody waits for as long as its option says`() async throws {
        var options = EmbeddedOptions.medium
        options.retention = .seconds(1234)
        let bus = try await open(options)
        #expect(bus.retention == .seconds(1234))
        await bus.close()
    }

    @Test(arguments: [0, 100, 4000, 1 << 20])
    func `a backlog larger than the memory for it is read from the log`(cacheBytes: Int) async throws {
        var options = EmbeddedOptions.medium
        options.cacheBytes = cacheBytes
        let bus = try await open(options)
        let consumers = [
            try await bus.subscribe(Subscription(group: "one", pattern: .all)),
            try await bus.subscribe(Subscription(group: "other", pattern: .all)),
        ]
        var published: [Envelope] = []
        for batch in [1, 40, 3, 100, 1] {
            let events = (0..<batch).map { Envelope.numbered(published.count + $0, key: "key", padding: $0 * 7) }
            try await bus.publish(events)
            published += events
        }
        for consumer in consumers {
            let deliveries = try await consumer.take(published.count)
            #expect(deliveries.map(\.event) == published)
            try await consumer.acknowledge(deliveries)
        }
        await bus.close()
    }

    @Test func `publishers at once get sequences of their own, and everything arrives`() async throws {
        let bus = try await open()
        let consumer = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        let sequences = try await withThrowingTaskGroup(of: [PublishedEvent].self) { group in
            for publisher in 0..<64 {
                group.addTask {
                    var published: [PublishedEvent] = []
                    for number in 0..<20 { published += try await bus.publish([.numbered(publisher * 20 + number)]) }
                    return published
                }
            }
            return try await group.reduce(into: []) { $0 += $1.map(\.sequence) }
        }
        #expect(sequences.sorted() == Array(1...1280))
        #expect(try await consumer.take(1280).map(\.event.number).sorted() == Array(0..<1280))
        await bus.close()
    }

    @Test func `closing while others publish answers every one of them`() async throws {
        let bus = try await open()
        _ = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        let answered = await withTaskGroup(of: Set<Int>.self) { group in
            for publisher in 0..<16 {
                group.addTask {
                    var answered: Set<Int> = []
                    for number in 0..<1_000_000 {
                        let name = publisher * 1_000_000 + number
                        do {
                            try await bus.publish([.numbered(name)])
                            answered.insert(name)
                        } catch let error as TidingsError {
                            #expect(error.code == .closed)
                            break
                        } catch {
                            Issue.record("publish threw \(error)")
                            break
                        }
                        if publisher == 0, number == 20 { await bus.close() }
                    }
                    return answered
                }
            }
            return await group.reduce(into: Set<Int>()) { $0.formUnion($1) }
        }
        let again = try await open()
        let consumer = try await again.subscribe(Subscription(group: "group", pattern: .all))
        let depth = try await consumer.depth().pending
        #expect(depth >= answered.count)
        let numbers = Set(try await consumer.take(depth).map(\.event.number))
        #expect(answered.isSubset(of: numbers))
        await again.close()
    }

    @Test func `closing twice and after everything is right`() async throws {
        let bus = try await open()
        async let first: Void = bus.close()
        async let second: Void = bus.close()
        _ = await (first, second)
        let error = await #expect(throws: TidingsError.self) { try await bus.publish([.numbered(1)]) }
        #expect(error?.code == .closed)
        #expect(await bus.health().isConnected == false)
        // When a close has returned, the folder is free.
        await #expect(throws: Never.self) { try await open().close() }
    }

    @Test func `an event that nobody wants is durable all the same and takes its sequence`() async throws {
        var bus = try await open()
        let first = try await bus.publish([.numbered(1), .numbered(2)])
        #expect(first.map(\.sequence) == [1, 2])
        await bus.close()
        bus = try await open()
        #expect(try await bus.publish([.numbered(3)]).map(\.sequence) == [3])
        await bus.close()
    }

    @Test func `a batch that goes to many groups comes to each of them whole and in order`() async throws {
        var options = EmbeddedOptions()
        options.segmentBytes = 8 << 20
        let bus = try await open(options)
        var consumers: [any EventConsumer] = []
        for group in 0..<4 {
            consumers.append(try await bus.subscribe(Subscription(group: "group-\(group)", pattern: .all)))
        }
        // More entries than one record may add to windows: some groups read theirs from the log.
        try await bus.publish((0..<8000).map { .numbered($0) })
        for consumer in consumers {
            #expect(try await consumer.take(8000).map(\.event.number) == Array(0..<8000))
        }
        await bus.close()
    }
}
