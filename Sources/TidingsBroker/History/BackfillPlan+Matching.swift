import Tidings
import TidingsLog

extension BrokerState.BackfillPlan {
    /// Finds which events of the stretch the group gets. Reads the stretch from end to end and blocks on the disk.
    ///
    /// Nobody knows whether the group should get what cannot be read. It does, so that it is told of that.
    func matches(in log: Log) throws -> SequenceRuns {
        var routes = EventRoutes<GroupID>()
        routes.set(pattern, for: group)
        var matched = SequenceRuns()
        var next = range.lowerBound
        var isDamaged = false
        func isWanted(_ sequence: UInt64) -> Bool { archived?.contains(sequence) ?? true }
        func addUnreadable(upTo end: UInt64) {
            if isDamaged { for sequence in next..<max(next, end) where isWanted(sequence) { matched.append(sequence) } }
            isDamaged = false
        }
        func note(_ damage: LogError) { isDamaged = true }
        try log.forEachEvent(from: start, onDamage: note) { entry, record, _ in
            addUnreadable(upTo: min(entry.sequence, range.upperBound))
            guard entry.sequence < range.upperBound else { return false }
            next = max(next, entry.sequence + 1)
            guard entry.sequence >= range.lowerBound, entry.time >= since, isWanted(entry.sequence) else {
                return true
            }
            guard let event = try? entry.event(in: record) else {
                matched.append(entry.sequence)
                return true
            }
            if !routes.matches(event).isEmpty { matched.append(entry.sequence) }
            return true
        }
        addUnreadable(upTo: range.upperBound)
        return matched
    }
}
