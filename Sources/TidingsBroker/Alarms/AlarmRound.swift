import Tidings
import TidingsRouting

/// Which queues one look reads for which alarms: made from a roster of the queues, outside of the lock.
struct AlarmRound {
    /// A queue, what is read of it, and the alarms that watch it.
    struct Stop {
        let queue: WatchedQueue
        var kinds: [QueueAlarm.Condition.Kind] = []
        /// Indices of ``AlarmRound/alarms``.
        var alarms: [Int] = []
    }

    let alarms: [AlarmTable.Entry]
    private(set) var stops: [Stop] = []

    init(_ alarms: [AlarmTable.Entry], _ queues: [WatchedQueue]) {
        self.alarms = alarms
        let byName = Dictionary(queues.map { (ByteText($0.name), $0) }, uniquingKeysWith: { first, _ in first })
        var named: [GroupID: [Int]] = [:]
        var general: [Int] = []
        for (index, entry) in alarms.enumerated() {
            guard let name = entry.alarm.queue else {
                general.append(index)
                continue
            }
            guard let queue = byName[ByteText(name)]?.watched(by: entry.alarm.condition.kind) else { continue }
            named[queue, default: []].append(index)
        }
        for queue in queues {
            let all = general.filter { queue.isWatchedAmongAll(by: alarms[$0].alarm.condition.kind) }
            let watching = all + (named[queue.id] ?? [])
            guard !watching.isEmpty else { continue }
            let kinds = Set(watching.map { alarms[$0].alarm.condition.kind })
            stops.append(
                Stop(queue: queue, kinds: kinds.sorted { $0.rawValue < $1.rawValue }, alarms: watching))
        }
    }
}

/// A queue, consumer group or archive, as far as alarms have to know it.
struct WatchedQueue: Sendable {
    enum Role: Sendable, Equatable {
        case group
        /// A queue, with the one that gets its dead letters.
        case queue(deadLetters: GroupID)
        case deadLetters
        case archive
    }

    let id: GroupID
    let name: String
    let role: Role

    /// What an alarm of this queue's name watches; nil if there is nothing of the kind.
    func watched(by kind: QueueAlarm.Condition.Kind) -> GroupID? {
        switch (kind, role) {
        case (.deadLetters, .queue(let deadLetters)): deadLetters
        case (.deadLetters, .group), (.deadLetters, .archive): nil
        case (.unbalancedLedger, _): id
        case (_, .archive): nil
        default: id
        }
    }

    /// Whether an alarm that names no queue watches this one.
    func isWatchedAmongAll(by kind: QueueAlarm.Condition.Kind) -> Bool {
        switch (kind, role) {
        case (.unbalancedLedger, _), (.deadLetters, .deadLetters): true
        case (.deadLetters, _), (_, .deadLetters), (_, .archive): false
        default: true
        }
    }
}
