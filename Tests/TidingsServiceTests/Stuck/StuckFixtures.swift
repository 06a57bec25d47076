import Logging
import Synchronization
import Tidings

struct Asked: Event {
    static let type: EventType = "stock.asked.v1"
    let key: String
    var subject: String? { key }
}

struct Counted: Event {
    static let type: EventType = "stock.counted.v1"
    let key: String
    var subject: String? { key }
}

struct Started: Event {
    static let type: EventType = "journey.started.v1"
    let key: String
}

struct Refused: Event {
    static let type: EventType = "journey.refused.v1"
    let key: String
}

struct Undo: Event {
    static let type: EventType = "journey.undo-asked.v1"
    let key: String
}

struct Undone: Event {
    static let type: EventType = "journey.undone.v1"
    let key: String
}

/// A saga whose compensation nobody answers.
struct Journey: Saga {
    typealias ID = String

    enum Stage: String, Codable {
        case going
    }

    let key: String
    var stage = Stage.going

    static let compensation = CompensationPolicy(maximumAttempts: 1, timeout: .seconds(3600))

    static var definition: SagaDefinition<Journey> {
        Starts(on: Started.self, id: \.key) { Journey(key: $0.key) }
        When(Started.self, id: \.key, in: .going) { journey, _ in
            [.step("journey", compensation: Undo(key: journey.key), compensatedBy: Undone.self)]
        }
        When(Refused.self, id: \.key, in: .going) { _, _ in [.compensate(reason: "refused")] }
        Compensated(by: Undone.self, id: \.key)
        Timeout(after: .seconds(86_400), in: .going) { _ in [.fail(reason: "too late")] }
    }
}

struct Unhappy: Error, CustomStringConvertible {
    var reason = "unhappy"
    var description: String { reason }
}

/// What keeps work from moving, as long as it is on.
final class Faults: Sendable {
    private let planted = Mutex<Set<StuckWork.Kind>>([])

    subscript(_ kind: StuckWork.Kind) -> Bool {
        get { planted.withLock { $0.contains(kind) } }
        set { planted.withLock { if newValue { $0.insert(kind) } else { $0.remove(kind) } } }
    }

    func clear() { planted.withLock { $0 = [] } }
}

/// A bus that does not answer publishers while a fault is planted.
final class HaltingBus: EventBus {
    private let bus: any EventBus
    private let faults: Faults

    init(_ bus: any EventBus, _ faults: Faults) {
        self.bus = bus
        self.faults = faults
    }

    var capabilities: BusCapabilities { bus.capabilities }

    func publish(_ events: [Envelope]) async throws -> [PublishedEvent] {
        if faults[.loop] {
            defer { faults[.loop] = false }
            while faults[.loop] { try await Task.sleep(for: .milliseconds(1)) }
        }
        return try await bus.publish(events)
    }

    func subscribe(_ subscription: Subscription) async throws -> any EventConsumer {
        try await bus.subscribe(subscription)
    }

    func health() async -> BusHealth { await bus.health() }

    func unreadGroups() async -> [UnreadGroup] { await bus.unreadGroups() }

    func removeGroup(_ name: String) async throws { try await bus.removeGroup(name) }
}

/// The lines of a log, each as its level and its message.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

struct LineHandler: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(lines: LogLines) {
        self.lines = lines
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.add("\(event.level) \(event.message)")
    }
}
