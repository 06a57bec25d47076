import Foundation
import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

@Suite(.timeLimit(.minutes(10))) struct EmbeddedRecoveryTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Changes a byte of an event where it stands in the log.
    /// - Returns: the name of the file and its bytes.
    private func damage(_ event: String) throws -> (file: String, bytes: [UInt8]) {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        let file = try #require(files.first { $0 != "lock" })
        let handle = try #require(FileHandle(forUpdatingAtPath: "\(folder.path)/\(file)"))
        defer { handle.closeFile() }
        var bytes = [UInt8](handle.readDataToEndOfFile())
        let place = try #require(bytes.firstRange(of: Array(event.utf8))?.lowerBound)
        bytes[place] ^= 1
        handle.seek(toFileOffset: UInt64(place))
        handle.write(Data([bytes[place]]))
        return (file, bytes)
    }

    private func open(
        _ folder: TemporaryFolder, _ options: EmbeddedOptions = .medium
    ) async throws -> EmbeddedEventBus {
        try await EmbeddedEventBus.open(folder.path, options: options, logger: .quiet, environment: .seeded(1))
    }

    private func join(_ bus: EmbeddedEventBus, _ group: String = "group") async throws -> any EventConsumer {
        try await bus.subscribe(Subscription(group: group, pattern: .all))
    }

    @Test func `a take counts even when the process is killed by it`() async throws {
        let bus = try await open(folder)
        let consumer = try await join(bus)
        try await bus.publish([.numbered(1)])
        #expect(try await consumer.take(1).map(\.attempt) == [1])
        var last = folder
        for attempt in 2...4 {
            // The copy is what a process that was killed in its handler leaves.
            last = try last.copy()
            let again = try await open(last)
            let delivery = try await join(again).take(1)
            #expect(delivery.map(\.attempt) == [attempt])
            #expect(delivery.map(\.event) == [.numbered(1)])
        }
        await bus.close()
    }

    @Test func `a group whose pattern is longer than a person may write it goes on after a restart`() async throws {
        let types = (0..<300).map { "type.number-\($0).of-a-group-with-many-handlers.v1" }
        let pattern = try EventPattern(exactly: types + [Envelope.numbered(1).type.rawValue])
        #expect(pattern.description.utf8.count > EventPattern.characterLimit)
        let bus = try await open(folder)
        _ = try await bus.subscribe(Subscription(group: "group", pattern: pattern))
        await bus.close()
        let again = try await open(folder)
        let consumer = try await again.subscribe(Subscription(group: "group", pattern: pattern))
        try await again.publish([.numbered(1)])
        #expect(try await consumer.take(1).map(\.event) == [.numbered(1)])
        await again.close()
    }

    @Test func `what publish has answered is in any copy made after`() async throws {
        let bus = try await open(folder)
        _ = try await join(bus)
        for round in 0..<5 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask { try await bus.publish([.numbered(round * 50 + number)]) }
                }
                try await group.waitForAll()
            }
            let copy = try folder.copy()
            let again = try await open(copy)
            let numbers = try await join(again).take((round + 1) * 50).map(\.event.number)
            #expect(numbers.sorted() == Array(0..<(round + 1) * 50))
            await again.close()
            copy.remove()
        }
        await bus.close()
    }

    @Test func `many restarts neither lose nor double anything`() async throws {
        var left = Set<Int>()
        var next = 0
        for _ in 0..<12 {
            let bus = try await open(folder, .small)
            let consumer = try await join(bus)
            try await bus.publish((next..<next + 30).map { .numbered($0, key: "key \($0 % 4)", padding: 100) })
            left.formUnion(next..<next + 30)
            next += 30
            let deliveries = try await consumer.take(25)
            for delivery in deliveries { #expect(left.contains(delivery.event.number)) }
            try await consumer.acknowledge(deliveries.prefix(20))
            left.subtract(deliveries.prefix(20).map(\.event.number))
            await bus.close()
        }
        let bus = try await open(folder, .small)
        let consumer = try await join(bus)
        #expect(Set(try await consumer.take(left.count).map(\.event.number)) == left)
        #expect(try await consumer.depth().pending == 0)
        await bus.close()
    }

    @Test func `a group that was made is there after a restart, with its last pattern`() async throws {
        var bus = try await open(folder)
        _ = try await bus.subscribe(Subscription(group: "group", pattern: EventPattern(types: "a.*")))
        _ = try await bus.subscribe(Subscription(group: "group", pattern: EventPattern(types: "test.*", "b.v1")))
        await bus.close()
        bus = try await open(folder)
        try await bus.publish([.numbered(1)])
        let consumer = try await bus.subscribe(
            Subscription(group: "group", pattern: EventPattern(types: "test.*", "b.v1")))
        #expect(try await consumer.take(1).map(\.event.number) == [1])
        await bus.close()
    }

    @Test func `a folder that is open elsewhere is refused with what to do`() async throws {
        let bus = try await open(folder)
        let error = await #expect(throws: TidingsError.self) { try await open(folder) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains(folder.path) == true)
        #expect(error?.message.contains("\(ProcessInfo.processInfo.processIdentifier)") == true)
        #expect(error?.message.contains("One process at a time") == true)
        await bus.close()
        await #expect(throws: Never.self) { try await open(folder).close() }
    }

    @Test func `a bus that nobody holds any more gives its folder back`() async throws {
        do {
            let bus = try await open(folder)
            try await bus.publish([.numbered(1)])
        }
        // The last to hold the bus may be a task that is just ending.
        while true {
            do {
                return await (try await open(folder)).close()
            } catch let error as TidingsError where error.code == .unavailable {
                await Task.yield()
            }
        }
    }

    @Test func `a log that was damaged is refused with file and place, and left as it is`() async throws {
        let bus = try await open(folder)
        _ = try await join(bus)
        for number in 0..<20 { try await bus.publish([.numbered(number, padding: 50)]) }
        await bus.close()
        let (file, bytes) = try damage("event-3")
        let error = await #expect(throws: TidingsError.self) { try await open(folder) }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains(file) == true, "\(String(describing: error))")
        #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(file)"))) == bytes)
    }

    @Test(arguments: [(0, true), (1 << 20, false)])
    func `what fell out of memory is read from the log and checked`(cacheBytes: Int, isRead: Bool) async throws {
        var options = EmbeddedOptions.medium
        options.cacheBytes = cacheBytes
        let bus = try await open(folder, options)
        let consumer = try await join(bus)
        try await bus.publish([.numbered(1)])
        _ = try damage("event-1")
        if isRead {
            let taking = Task { try await consumer.take(1) }
            while try await bus.unreadableEvents(of: "group").isEmpty { await Task.yield() }
            taking.cancel()
            await #expect(throws: CancellationError.self) { try await taking.value }
        } else {
            #expect(try await consumer.take(1).map(\.event) == [.numbered(1)])
        }
        await bus.close()
    }

    @Test func `a folder that cannot be made is an error`() async throws {
        let path = "\(folder.path)/file"
        try Data().write(to: URL(fileURLWithPath: path))
        let error = await #expect(throws: TidingsError.self) {
            try await EmbeddedEventBus.open("\(path)/log", logger: .quiet)
        }
        #expect(error?.code == .unavailable)
    }
}
