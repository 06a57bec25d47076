import Tidings
import TidingsLog

extension BrokerEngine {
    /// Takes the actions of a step. Not under the lock.
    func perform(_ actions: GroupActions, for group: GroupID, _ signal: Signal) {
        if actions.contains(.wakeMember) { signal.signal() }
        if actions.contains(.wakeMembers) { signal.signalAll() }
        if actions.contains(.load) { executor.submit { self.load(group, signal) } }
        if actions.contains(.matchHistory) { executor.submit(.slices) { self.matchHistory(of: group, signal) } }
    }

    /// Begins what an earlier process left unfinished.
    func start() throws(TidingsError) {
        let begun = try step { core in
            try core.state.groups.ids.map { ($0, core.signals[$0], try core.state.beginMatchingHistory($0)) }
        }
        for (group, signal, actions) in begun { perform(actions, for: group, signal) }
        for replay in read({ $0.runningReplays }) { goOn(with: replay) }
        tendEventLogs()
    }

    /// Takes up what consumers of queues have had out since before the restart. Blocks on the disk.
    func restoreLeases() throws {
        let time = environment.now()
        for queue in read({ $0.groups.ids }) {
            guard let plan = try read({ try $0.planRestoring(queue, at: time) }) else { continue }
            // Their events are read again if they come back.
            var reader = BacklogReader(log, room: 0)
            let backlog = try reader.read(plan)
            let now = environment.time.uptime()
            try step { core in
                core.state.restore(
                    backlog.batches, unreadable: backlog.unreadable, of: queue, at: now, time: time)
            }
        }
    }

    /// Loads events of a group from the log.
    private func load(_ group: GroupID, _ signal: Signal) {
        do {
            let (plan, room) = try step { core in
                (try core.state.planReading(group), core.state.cache.limit / 4)
            }
            guard let plan else { return }
            var reader = BacklogReader(log, room: room)
            let backlog = try reader.read(plan)
            let actions = try step { core in
                core.state.finishReading(backlog.batches, unreadable: backlog.unreadable, of: group)
            }
            perform(actions, for: group, signal)
        } catch {
            let failure = TidingsError(bus: error)
            // While the bus closes nobody waits any more. The log may not hold any more what only a removed group needed.
            if failure.code != .closed, read({ $0.groups.contains(group) }) { fail(failure) }
        }
    }

    /// Matches one stretch of what was published before a group was made. The next one comes after the slices that wait
    /// already, so that groups take turns.
    private func matchHistory(of group: GroupID, _ signal: Signal) {
        do {
            let actions: GroupActions?
            if let plan = read({ $0.planBackfill(group) }) {
                let matched = try plan.matches(in: log)
                actions = try step { core in
                    guard let record = core.state.proposeBackfill(plan, matched) else { return [] }
                    return try core.appendIfRoom(record) ? core.state.commit(plan, matched) : nil
                }
            } else {
                actions = nil
            }
            // All is matched, or there is no room and the next take goes on.
            guard let actions else { return try step { $0.state.endMatchingHistory(group) } }
            perform(actions, for: group, signal)
            executor.submit(.slices) { self.matchHistory(of: group, signal) }
        } catch {
            let failure = TidingsError(bus: error)
            // While the bus closes nobody waits any more.
            if failure.code != .closed { fail(failure) }
        }
    }
}
