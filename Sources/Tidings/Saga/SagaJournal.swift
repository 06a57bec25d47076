package import TidingsRouting

/// What the runtime keeps of a saga beside its own state.
package struct SagaJournal: Sendable, Hashable {
    /// What belongs together by: the correlation of the event that started it.
    package var correlationID: String?
    /// Why it was compensated or failed.
    package var reason: String?
    package var steps: [SagaStep] = []
    /// Events that came before the saga was started, in the JSON form of CloudEvents.
    package var early: [EventBytes] = []
    /// When the stage's time-out ends.
    package var stageTimeout: Timestamp?
    /// When the time-outs end that a transition has set, by name.
    package var timeouts: [ByteText: Timestamp] = [:]
    /// When the next compensation that has not come is asked for again, or given up.
    package var compensationTimeout: Timestamp?
    /// Whether the failure of a compensation was handled: once, however many steps are concerned.
    package var hasHandledFailure = false
    /// How many lines of history were written.
    package var historyCount = 0

    /// How many early events are kept.
    static let earlyLimit = 16

    package init() {}

    /// When the saga has to be looked at without an event.
    var wakeAt: Timestamp? {
        ([stageTimeout, compensationTimeout].compactMap { $0 } + timeouts.values).min()
    }
}

/// A step of a saga and what has become of it.
public struct SagaStep: Sendable, Hashable {
    /// What has become of a step.
    public enum Status: String, Codable, Sendable {
        /// It was done.
        case done
        /// Its compensation was asked for; the event that confirms it is waited for.
        case compensating
        /// It was compensated.
        case compensated
        /// Its compensation was given up: a person has to see to it.
        case stuck
    }

    private let nameText: ByteText
    /// The step, as the saga names it.
    public var name: String { nameText.string }
    /// What has become of it.
    public internal(set) var status: Status
    /// How often its compensation was asked for.
    public internal(set) var attempts: Int
    /// The event that asks for its compensation, stored when the step was done; `nil` if another event of the saga does.
    let compensation: EncodedEvent?
    /// The type of the event that confirms its compensation; `nil` if asking is enough.
    let compensatedBy: EventType?

    package init(
        name: String, status: Status, attempts: Int, compensation: EncodedEvent?, compensatedBy: EventType?
    ) {
        nameText = ByteText(name)
        self.status = status
        self.attempts = attempts
        self.compensation = compensation
        self.compensatedBy = compensatedBy
    }
}

/// A line of a saga's history.
public struct SagaHistoryEntry: Codable, Sendable, Hashable {
    /// When it happened, by the clock of the service that runs the saga.
    public let at: Timestamp
    /// What happened: an event's type, `time-out`, `compensate`.
    public let what: String
    /// The id of the event, if an event made the change.
    public let eventID: String?
    /// The name of the stage before the change; `nil` if the line is not about a stage.
    public let from: String?
    /// The name of the stage after the change; `nil` if the line is not about a stage.
    public let to: String?

    package init(at: Timestamp, what: String, eventID: String?, from: String?, to: String?) {
        self.at = at
        self.what = what
        self.eventID = eventID
        self.from = from
        self.to = to
    }
}

/// The state of a saga, as the runtime knows it.
public enum SagaStatus: String, Codable, Sendable, SQLValueConvertible, CaseIterable {
    /// Events came for it, but not the one that starts it.
    case early
    /// It is under way.
    case running
    /// Its steps are being compensated.
    case compensating
    /// It has ended well.
    case completed
    /// Its steps were compensated.
    case compensated
    /// It has ended without compensation.
    case failed
    /// A compensation was given up: it is a task for a person.
    case stuck

    /// Whether nothing more happens unless an event comes late.
    var isOver: Bool { self == .completed || self == .compensated || self == .failed }
}
