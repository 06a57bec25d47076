public import Tidings

/// An alarm and what the last look found.
public struct AlarmStatus: Sendable, Hashable {
    /// Whether a person is asked for.
    public enum State: UInt8, Sendable, Hashable {
        case ok = 0
        case alarm = 1
    }

    /// What was found, in the unit of the condition.
    public enum Value: Sendable, Hashable {
        /// Dead letters, failures a minute, events, or ledgers that do not add up: 0 or 1.
        case count(Int)
        /// The age of the oldest event.
        case age(Duration)
    }

    /// How it was declared.
    public let alarm: QueueAlarm
    /// Whether it is raised.
    public let state: State
    /// When it came into this state: raised, cleared, or declared.
    public let since: Timestamp
    /// What the last look found: of all queues that are watched, the highest. `nil` if there is nothing to watch, or nobody
    /// has looked since the alarm was declared or the bus was opened.
    public let value: Value?
    /// The queue or consumer group in which that was found.
    public let queue: String?
    /// What was found, as a sentence.
    public let summary: String
}

extension AlarmStatus: CustomStringConvertible {
    /// The name, the state, since when, and what was found.
    public var description: String {
        "alarm \(alarm.name) is \(state == .alarm ? "raised" : "ok") since \(since): \(summary)"
    }
}

/// What a look has found for an alarm.
struct AlarmFinding: Sendable, Equatable {
    /// The queue with the highest measure; nil if there is nothing to watch.
    private(set) var highest: (queue: String, measure: Int64)?
    /// How many queues are above the threshold.
    private(set) var exceeding = 0

    var isExceeded: Bool { exceeding > 0 }

    mutating func add(_ queue: String, _ measure: Int64, for condition: QueueAlarm.Condition) {
        if measure > condition.threshold { exceeding += 1 }
        if highest.map({ measure > $0.measure }) ?? true { highest = (queue, measure) }
    }

    static func == (left: AlarmFinding, right: AlarmFinding) -> Bool {
        left.exceeding == right.exceeding && left.highest?.queue == right.highest?.queue
            && left.highest?.measure == right.highest?.measure
    }
}

extension AlarmStatus {
    init(_ entry: AlarmTable.Entry, _ finding: AlarmFinding?) {
        let condition = entry.alarm.condition
        self.init(
            alarm: entry.alarm, state: entry.isRaised ? .alarm : .ok, since: entry.since,
            value: finding?.highest.map { $0.measure }.map {
                condition.kind == .oldestAge ? .age(.microseconds($0)) : .count(Int($0))
            },
            queue: finding?.highest?.queue,
            summary: finding?.summary(of: entry.alarm) ?? "nobody has looked yet")
    }
}

extension AlarmFinding {
    /// What was found, as a sentence.
    func summary(of alarm: QueueAlarm) -> String {
        guard let (queue, measure) = highest else {
            let what = alarm.condition.kind == .deadLetters ? "dead-letter queue" : "queue or consumer group"
            return alarm.queue.map { "there is no \(what) to watch by the name of \($0)" }
                ?? "there is no \(what) to watch"
        }
        let allowed = "the alarm allows \(alarm.condition.inWords(alarm.condition.threshold))"
        let others = exceeding > 1 ? ", and \(exceeding - 1) more \(exceeding == 2 ? "is" : "are") above that" : ""
        let value = alarm.condition.inWords(measure)
        return switch alarm.condition.kind {
        case .deadLetters: "\(queue) holds \(value) dead letters; \(allowed)\(others)"
        case .oldestAge: "the oldest event of \(queue) is there for \(value); \(allowed)\(others)"
        case .failuresPerMinute: "\(value) receives of \(queue) failed within a minute; \(allowed)\(others)"
        case .backlog: "\(queue) has \(value) events that are not done; \(allowed)\(others)"
        case .unbalancedLedger:
            measure > 0
                ? "the counts of \(queue) do not add up\(exceeding > 1 ? ", nor do those of \(exceeding - 1) more" : "")"
                : "all counts add up"
        }
    }
}
