import Tidings
import TidingsLog

extension BrokerState.BackfillPlan {
    /// Finds which events of the stretch the group gets. Reads the stretch from end to end and blocks on the disk.
    func matches(in log: Log) throws -> SequenceRuns {
        var routes = EventRoutes<GroupID>()
        routes.set(pattern, for: group)
        var matched = SequenceRuns()
        try log.forEachEvent(from: start) { entry, record, _ in
            guard entry.sequence < range.upperBound else { return false }
            if entry.sequence >= range.lowerBound, entry.time >= since, archived?.contains(entry.sequence) ?? true,
                !routes.matches(try entry.event(in: record)).isEmpty
            {
                matched.append(entry.sequence)
            }
            return true
        }
        return matched
    }
}
