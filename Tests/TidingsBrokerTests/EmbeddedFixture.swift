import Logging
import Tidings
import TidingsBroker
import TidingsTesting

/// A folder, and the embedded buses that are opened on it.
struct EmbeddedFixture: BusFixture {
    let options: EmbeddedOptions
    private let folder: TemporaryFolder

    init(_ options: EmbeddedOptions = EmbeddedOptions()) throws {
        self.options = options
        folder = try TemporaryFolder()
    }

    func open(_ environment: RuntimeEnvironment) async throws -> any EventBus {
        try await EmbeddedEventBus.open(folder.path, options: options, logger: .quiet, environment: environment)
    }

    func close(_ bus: any EventBus) async throws {
        await (bus as? EmbeddedEventBus)?.close()
    }

    func remove() {
        folder.remove()
    }
}

extension EmbeddedEventBus {
    /// A bus on a folder, by a clock that the test moves.
    static func open(_ folder: TemporaryFolder, _ clock: ManualClock) async throws -> EmbeddedEventBus {
        try await open(folder.path, options: .medium, logger: .quiet, environment: .seeded(1, clock: clock))
    }
}

extension Logger {
    /// Says nothing.
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

extension EmbeddedOptions {
    /// Small files and almost no memory, so that little is enough to reach their limits.
    static var small: EmbeddedOptions {
        var options = EmbeddedOptions()
        options.segmentBytes = 8 << 10
        options.cacheBytes = 512
        return options
    }

    /// Files that are quickly copied.
    static var medium: EmbeddedOptions {
        var options = EmbeddedOptions()
        options.segmentBytes = 1 << 20
        return options
    }
}

extension Envelope {
    static func numbered(_ number: Int, key: String? = nil, padding: Int = 0) -> Envelope {
        Envelope(
            id: EventID("event-\(number)"), source: "/test", type: "test.v1", subject: key,
            time: Timestamp(seconds: 1000),
            data: EventBytes("\(number)" + String(repeating: " ", count: padding)))
    }

    /// The number that the event carries.
    var number: Int { Int(data.text.prefix { $0 != " " }) ?? -1 }
}

extension EventConsumer {
    /// Takes so many events, in as many batches as it needs.
    func take(_ count: Int) async throws -> [Delivery] {
        var deliveries: [Delivery] = []
        while deliveries.count < count { deliveries += try await next(atMost: count - deliveries.count) }
        return deliveries
    }

    func acknowledge(_ deliveries: some Sequence<Delivery>) async throws {
        try await settle(deliveries.map { .acknowledge($0.receipt) })
    }
}
