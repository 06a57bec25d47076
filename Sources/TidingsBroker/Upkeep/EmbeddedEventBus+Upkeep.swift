import Synchronization
import Tidings
import TidingsLog

extension BrokerState {
    /// The state at a place of the log that is just being staged.
    struct Snapshot {
        let ticket: LogTicket
        let checkpoint: Checkpoint
    }

    /// Stages the record at which a checkpoint is taken, and copies the state before it.
    mutating func snapshot(_ log: Log) throws -> Snapshot {
        try checkOpen()
        let ticket = try append(BrokerRecord.checkpointBytes, urgency: .sync, log)
        let from = durable.marks.index(before: duplicates.start).map { durable.marks[$0].position }
        return Snapshot(
            ticket: ticket,
            checkpoint: Checkpoint(
                position: ticket.position, duplicatesFrom: from ?? ticket.position, state: durable))
    }
}

extension EmbeddedEventBus {
    /// Writes the state to a checkpoint, durable when this returns, so that a restart begins there.
    ///
    /// Happens by itself each time the log has grown by ``EmbeddedOptions/checkpointBytes``.
    public func checkpoint() async throws {
        _ = try await takeCheckpoint()
    }

    /// Writes a checkpoint and returns it.
    func takeCheckpoint() async throws -> Checkpoint {
        let snapshot = try translating { try state.withLock { try $0.snapshot(log) } }
        // A checkpoint must never know of more than the log has durable.
        try await wait(for: snapshot.ticket, untilSynced: true)
        try await blocking { [upkeep] in try upkeep.write(snapshot.checkpoint) }
        return snapshot.checkpoint
    }

    /// One round: a checkpoint, and then the room of what nobody needs any more.
    func runUpkeep() async {
        do {
            try await checkpoint()
            try await reclaim()
        } catch let error as TidingsError where error.code == .closed {
            // The bus is closing.
        } catch {
            upkeep.warn("the upkeep of the log was interrupted and is tried again later: \(error)")
        }
    }

    /// Removes old segments that nobody needs, and takes out of the others what nobody needs.
    ///
    /// Happens by itself behind each checkpoint.
    func reclaim() async throws {
        guard let covered = upkeep.coveredSegment else { return }
        let now = environment.now()
        try await blocking { [self] in
            var plan = state.withLock { Reclamation($0.durable) }
            let segments = log.segments
            plan.retire(segments.filter { $0.number < covered }, of: segments, options, at: now)
            try log.removeSegments(before: plan.firstNeeded)
            state.withLock { $0.forgetHistory(before: plan) }
            for segment in segments where segment.number >= plan.firstNeeded && segment.number < plan.firstKept {
                try compact(segment, plan)
            }
        }
    }

    private func compact(_ segment: LogSegment, _ plan: Reclamation) throws {
        guard let needed = plan.neededIfMostlyDead(segment.number),
            upkeep.neededWhenCompacted(segment.number).map({ needed < $0 / 2 }) ?? true
        else { return }
        try log.compact(segment.number) { _, record in try plan.needs(record) }
        upkeep.noteCompaction(of: segment.number, needed: needed, first: plan.firstNeeded)
    }
}
