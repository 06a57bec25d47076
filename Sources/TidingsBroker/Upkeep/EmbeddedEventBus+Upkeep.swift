import Synchronization
import Tidings
import TidingsLog

extension EmbeddedEventBus {
    /// Writes the state to a checkpoint, durable when this returns, so that a restart begins there.
    ///
    /// Happens by itself each time the log has grown by ``EmbeddedOptions/checkpointBytes``.
    public func checkpoint() async throws {
        _ = try await upkeep.alone { try await takeCheckpoint() }
    }

    /// Writes a checkpoint and returns it; only for who is alone.
    func takeCheckpoint() async throws -> Checkpoint {
        let snapshot = try translating { try state.withLock { try $0.snapshot(log) } }
        // A checkpoint must never know of more than the log has durable.
        try await wait(for: snapshot.ticket, untilSynced: true)
        try await blocking { [upkeep] in try upkeep.write(snapshot.checkpoint) }
        return snapshot.checkpoint
    }

    /// One round: a checkpoint, and then the room of what nobody needs any more.
    package func runUpkeep() async {
        do {
            try await upkeep.alone {
                do {
                    _ = try await takeCheckpoint()
                } catch {
                    // A disk that has no room for a checkpoint may have some when old segments are gone.
                    upkeep.warn("a checkpoint was not written and is tried again later: \(error)")
                }
                try await reclaim()
                await keepIndexes()
            }
        } catch let error as TidingsError where error.code == .closed {
            // The bus is closing.
        } catch {
            upkeep.warn("the upkeep of the log was interrupted and is tried again later: \(error)")
        }
    }

    /// Whether the oldest segment is done with and too old to be kept.
    func holdsRetired(at now: Timestamp) -> Bool {
        state.withLock { state in
            let marks = state.durable.marks
            guard let first = marks.first, let end = marks.timeBehind(first.position.segment) else { return false }
            return now - end > options.retention
        }
    }

    /// Removes old segments that nobody needs, and takes out of the others what nobody needs.
    package func reclaim() async throws {
        guard let covered = upkeep.coveredSegment else { return }
        let now = environment.now()
        let segments = try await blocking { [log] in log.segments }
        let (plan, ticket) = try translating {
            try state.withLock { state in
                let ticket = try state.append(BrokerRecord.checkpointBytes, urgency: .sync, log)
                var plan = Reclamation(state.durable)
                plan.retire(segments.filter { $0.number < covered }, of: segments, options, at: now)
                // From here on no new group may want what is about to go.
                state.forgetHistory(before: plan)
                return (plan, ticket)
            }
        }
        // An acknowledgement that the plan knows of must not be undone by a power cut once its event is gone.
        try await wait(for: ticket, untilSynced: true)
        try await blocking { [self] in
            try log.removeSegments(before: plan.firstNeeded)
            for segment in segments where segment.number >= plan.firstNeeded && segment.number < plan.firstKept {
                try compact(segment, plan)
            }
        }
    }

    private func compact(_ segment: LogSegment, _ plan: Reclamation) throws {
        guard let needed = plan.neededIfMostlyDead(segment.number),
            upkeep.neededWhenCompacted(segment.number).map({ needed.count < $0 / 2 }) ?? true
        else { return }
        try log.compact(segment.number) { _, record in try Reclamation.holds(record, anyOf: needed) }
        upkeep.noteCompaction(of: segment.number, needed: needed.count, first: plan.firstNeeded)
        // It is built again with the others.
        try eventIndex.remove(segment.number)
    }
}
