import Dispatch
import Synchronization
import Tidings
import TidingsLog
import TidingsRouting

extension EmbeddedEventBus {
    /// Matches for a new group what was published before it was made, a stretch after the other, until none is left.
    func fillBack(_ queue: Int) {
        guard state.withLock({ $0.beginBackfill(queue) }) else { return }
        DispatchQueue.global().async { [weak self] in self?.runBackfill(queue) }
    }

    private func runBackfill(_ queue: Int) {
        do {
            while let plan = state.withLock({ $0.planBackfill(queue) }) {
                let matched = try match(plan)
                try state.withLock { try $0.finishBackfill(plan, matched, log) }?.signalAll()
            }
        } catch let error as LogError where [.closed, .full, .overloaded].contains(error.code) {
            // Closing, or no room: it goes on with the next take.
        } catch {
            fail(TidingsError(bus: error))
        }
        state.withLock { $0.endBackfill(queue) }
    }

    private func match(_ plan: BrokerState.BackfillPlan) throws -> SequenceRuns {
        var routes = EventRoutes<UInt32>()
        routes.set(plan.pattern, for: plan.queue)
        var matched = SequenceRuns()
        _ = try log.scan(from: plan.start) { _, record in
            var isDone = false
            try PublishLayout.forEachEvent(in: record) { entry in
                isDone = entry.sequence >= plan.range.upperBound
                guard !isDone else { return false }
                guard plan.range.contains(entry.sequence), entry.time >= plan.since else { return true }
                if !routes.matches(try entry.event(in: record)).isEmpty { matched.append(entry.sequence) }
                return true
            }
            return !isDone
        }
        return matched
    }
}
