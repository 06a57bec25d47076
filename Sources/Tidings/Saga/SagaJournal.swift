/// What the runtime keeps of a saga beside its own state.
package struct SagaJournal: Codable, Sendable {
    /// What belongs together by: the correlation of the event that started it.
    package var correlationID: String?
    /// Why it was compensated or failed.
    package var reason: String?
    package var steps: [SagaStep] = []
    package var history: [SagaHistoryEntry] = []
    /// Events that came before the saga was started, in their binary form.
    var early: [EarlyEvent] = []
    /// When the stage's time-out ends.
    var stageEnds: Timestamp?
    /// When the proof of a compensation is missed.
    var proofDue: Timestamp?
    /// Whether a compensation was given up: said once, however many steps are concerned.
    var hasGivenUp = false

    struct EarlyEvent: Codable, Sendable {
        let envelope: [UInt8]
    }

    /// How many early events are kept, and how many lines of history.
    static let earlyLimit = 16
    static let historyLimit = 100

    mutating func note(_ what: String, from: String?, to: String?, at time: Timestamp, event: EventID? = nil) {
        history.append(SagaHistoryEntry(at: time, what: what, eventID: event?.rawValue, from: from, to: to))
        if history.count > Self.historyLimit { history.removeFirst(history.count - Self.historyLimit) }
    }
}

/// A step of a saga and what has become of it.
public struct SagaStep: Codable, Sendable, Hashable {
    /// What has become of a step.
    public enum Status: String, Codable, Sendable {
        /// It was done.
        case done
        /// It was asked to be undone; the proof is waited for.
        case undoing
        /// It was undone.
        case undone
        /// Its compensation was given up: a person has to see to it.
        case stuck
    }

    /// The step.
    public let name: String
    /// What has become of it.
    public internal(set) var status: Status
    /// How often it was asked to be undone.
    public internal(set) var attempts: Int
    let undo: StoredEvent?
    let proof: String?
}

/// A line of a saga's history.
public struct SagaHistoryEntry: Codable, Sendable, Hashable {
    /// When.
    public let at: Timestamp
    /// What happened: an event's type, `time-out`, `compensate`.
    public let what: String
    /// The event, where it was one.
    public let eventID: String?
    /// The stage before.
    public let from: String?
    /// The stage after.
    public let to: String?
}

/// An event that waits to be published: what undoes a step.
package struct StoredEvent: Codable, Sendable, Hashable {
    package let type: String
    package let subject: String?
    package let data: String
    /// Its older forms, for consumers that know no better.
    package let lowered: [StoredEvent]?

    init(_ event: some Event) throws {
        try self.init(event, lowered: try event.loweredForms().map { try StoredEvent($0, lowered: nil) })
    }

    private init(_ event: some Event, lowered: [StoredEvent]?) throws {
        type = Swift.type(of: event).type.rawValue
        subject = event.subject
        data = try EventCoding.encode(event).text
        self.lowered = lowered?.isEmpty == true ? nil : lowered
        // What could not be published later is refused now, while there is someone to hear of it.
        try Envelope(
            id: "undo", source: "undo", type: EventType(rawValue: type), subject: subject,
            time: Timestamp(microseconds: 0), data: EventBytes(data)
        ).validate()
    }
}

/// How a saga is doing.
public enum SagaStatus: String, Codable, Sendable, SQLValueConvertible {
    /// Events came for it, but not the one that starts it.
    case early
    /// It is under way.
    case running
    /// Its steps are being undone.
    case compensating
    /// It has ended well.
    case completed
    /// Its steps were undone.
    case compensated
    /// It has ended without undoing.
    case failed
    /// A compensation was given up: it is a task for a person.
    case stuck

    /// Whether nothing more happens unless an event comes late.
    var isOver: Bool { self == .completed || self == .compensated || self == .failed }
}
