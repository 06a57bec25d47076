import Tidings
import TidingsRouting

/// When alarms are raised and cleared by what looks find: without clock, lock or task.
struct AlarmLooks: Sendable {
    /// How much time is between two looks.
    static let interval = Duration.seconds(10)
    /// How many looks in a row raise an alarm: what is gone ten seconds later asks for nobody.
    static let raisingLooks = 2
    /// How many in a row clear it, so that a value that comes and goes within a minute does not raise it again.
    static let clearingLooks = 6
    /// Over how much time failures are counted.
    private static let minute = Duration.seconds(60)

    /// What looks in a row have found of an alarm.
    private struct Streak {
        let alarm: QueueAlarm
        var above = 0
        var below = 0
    }

    /// How many failures a queue had when it was looked at.
    private struct Sample {
        let uptime: Duration
        let failures: Int64
    }

    private var streaks: [ByteText: Streak] = [:]
    /// The looks at a queue since the last one that is a minute old.
    private var samples: [GroupID: [Sample]] = [:]

    /// Notes what a look has found of an alarm.
    /// - Returns: Whether it is to be raised or cleared now; nil if it stays as it is.
    mutating func note(_ entry: AlarmTable.Entry, isExceeded: Bool) -> Bool? {
        let name = ByteText(entry.alarm.name)
        var streak =
            streaks[name].flatMap { $0.alarm.watchesLike(entry.alarm) ? $0 : nil } ?? Streak(alarm: entry.alarm)
        streak.above = isExceeded ? streak.above + 1 : 0
        streak.below = isExceeded ? 0 : streak.below + 1
        streaks[name] = streak
        if !entry.isRaised, streak.above >= Self.raisingLooks { return true }
        if entry.isRaised, streak.below >= Self.clearingLooks { return false }
        return nil
    }

    /// How many failures a queue had within the last minute; within the time since it was looked at first if that is
    /// less, and as many as fall on a minute if the last look is longer ago.
    /// - Parameter failures: How many it had ever.
    mutating func failuresPerMinute(of queue: GroupID, _ failures: Int64, at uptime: Duration) -> Int64 {
        var known = samples[queue] ?? []
        known.append(Sample(uptime: uptime, failures: failures))
        let start = known.lastIndex { $0.uptime <= uptime - Self.minute } ?? 0
        known.removeFirst(start)
        samples[queue] = known
        let (count, passed) = (failures - known[0].failures, uptime - known[0].uptime)
        guard passed > Self.minute else { return count }
        return Int64((Double(count) * (Self.minute / passed)).rounded(.up))
    }

    /// Forgets the alarms and queues that are not looked at any more.
    mutating func keep(alarms: Set<ByteText>, queues: Set<GroupID>) {
        streaks = streaks.filter { alarms.contains($0.key) }
        samples = samples.filter { queues.contains($0.key) }
    }
}
