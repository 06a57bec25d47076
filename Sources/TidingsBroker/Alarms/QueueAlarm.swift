import Tidings
import TidingsRouting

/// What of a queue or consumer group asks for a person, and from which value on.
///
/// The bus looks every ten seconds while it is open. An alarm is raised when two looks in a row find its value above the
/// threshold, and cleared when six in a row do not: a value that comes and goes raises it once. Each is a line in the log,
/// a warning when it is raised and an information when it is cleared.
public struct QueueAlarm: Sendable, Hashable {
    /// What is looked at, and what it may be.
    public enum Condition: Sendable, Hashable {
        /// How many dead letters a dead-letter queue holds; 0 to 1,000,000,000,000.
        case deadLetters(above: Int)
        /// For how long the oldest event that is not done has been there, to the minute: since it was published, or since
        /// a redrive, a replay or its death brought it. 1 second to 3,650 days.
        case oldestAge(above: Duration)
        /// How many receives failed within the last minute: each counts once, when its event is received again or becomes
        /// a dead letter. What is released in time is no failure. Counted from the opening of the bus on; 0 to
        /// 1,000,000,000,000.
        case failuresPerMinute(above: Int)
        /// How many events are not done; 0 to 1,000,000,000,000.
        case backlog(above: Int)
        /// Whether what came in is not what has left and what is there (``QueueLedger/isBalanced``).
        case unbalancedLedger
    }

    /// The name: 1 to 255 bytes of plain text.
    public var name: String
    /// What is looked at, and what it may be.
    public var condition: Condition
    /// The name of the queue or consumer group that is watched; `nil` for all, each on its own.
    ///
    /// Dead letters are those of a dead-letter queue, which is named itself or by the queue that it belongs to. Of all,
    /// ages, backlogs and failures are looked at in queues and consumer groups, not in dead-letter queues. The ledgers of
    /// archives are looked at as well. One that is not there is not an error: the alarm begins to watch it when it is made.
    public var queue: String?
    /// What it is for; at most 1,024 bytes.
    public var description: String

    /// Makes an alarm; its ranges are checked by ``EmbeddedEventBus/declareAlarm(_:)``.
    public init(_ name: String, _ condition: Condition, of queue: String? = nil, description: String = "") {
        self.name = name
        self.condition = condition
        self.queue = queue
        self.description = description
    }

    /// Checks the ranges that the properties state.
    func validate() throws(TidingsError) {
        guard (1...255).contains(name.utf8.count) else {
            throw TidingsError(.invalid, "the name of an alarm has 1 to 255 bytes, this one \(name.utf8.count)")
        }
        try PlainName.check(name, as: "the name of an alarm")
        if let queue {
            guard (1...255).contains(queue.utf8.count) else {
                throw TidingsError(
                    .invalid,
                    "the name of the queue of alarm \(name) has \(queue.utf8.count) bytes; it has 1 to 255, or is left out"
                )
            }
            try PlainName.check(queue, as: "the name of the queue of alarm \(name)")
        }
        guard description.utf8.count <= 1024 else {
            throw TidingsError(
                .invalid, "the description of alarm \(name) has \(description.utf8.count) bytes; it has at most 1,024")
        }
        guard condition.range.contains(condition.threshold) else {
            throw TidingsError(
                .invalid, "alarm \(name) is raised by \(condition); that is \(condition.rangeInWords)")
        }
    }

    /// Whether another alarm watches the same in the same way.
    func watchesLike(_ other: QueueAlarm) -> Bool {
        condition.kind == other.condition.kind && condition.threshold == other.condition.threshold
            && queue.map { ByteText($0) } == other.queue.map { ByteText($0) }
    }
}

extension QueueAlarm.Condition: CustomStringConvertible {
    /// What is looked at and the threshold, such as `deadLetters above 0`.
    public var description: String {
        kind == .unbalancedLedger ? "\(kind)" : "\(kind) above \(inWords(threshold))"
    }

    /// What is looked at.
    enum Kind: UInt8, CaseIterable, Sendable {
        case deadLetters = 0
        case oldestAge = 1
        case failuresPerMinute = 2
        case backlog = 3
        case unbalancedLedger = 4
    }

    var kind: Kind {
        switch self {
        case .deadLetters: .deadLetters
        case .oldestAge: .oldestAge
        case .failuresPerMinute: .failuresPerMinute
        case .backlog: .backlog
        case .unbalancedLedger: .unbalancedLedger
        }
    }

    /// The highest measure that is right: a count, or microseconds.
    var threshold: Int64 {
        switch self {
        case .deadLetters(let count), .failuresPerMinute(let count), .backlog(let count): Int64(count)
        case .oldestAge(let age): age.microseconds
        case .unbalancedLedger: 0
        }
    }

    /// - Parameter threshold: That of the alarm that had it, as it was kept.
    init(_ kind: Kind, threshold: Int64) {
        switch kind {
        case .deadLetters: self = .deadLetters(above: Int(threshold))
        case .oldestAge: self = .oldestAge(above: .microseconds(threshold))
        case .failuresPerMinute: self = .failuresPerMinute(above: Int(threshold))
        case .backlog: self = .backlog(above: Int(threshold))
        case .unbalancedLedger: self = .unbalancedLedger
        }
    }

    /// A measure of this kind as a person says it.
    func inWords(_ measure: Int64) -> String {
        kind == .oldestAge ? Duration.microseconds(measure).inWords : "\(measure)"
    }

    fileprivate var range: ClosedRange<Int64> {
        kind == .oldestAge ? 1_000_000...3650 * 86_400_000_000 : 0...1_000_000_000_000
    }

    fileprivate var rangeInWords: String {
        kind == .oldestAge ? "1 second to 3,650 days" : "0 to 1,000,000,000,000"
    }
}
