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
        // Where older events are gone, those that are there still count.
        let mark = durable.marks.index(before: duplicates.start).map { durable.marks[$0] } ?? durable.marks.first
        return Snapshot(
            ticket: ticket,
            checkpoint: Checkpoint(
                position: ticket.position, duplicatesFrom: mark?.position ?? ticket.position, state: durable))
    }

    /// Forgets where events stood that are gone, and what is no history any more.
    mutating func forgetHistory(before plan: Reclamation) {
        durable.forgetSegments(before: plan.firstNeeded)
        historyStart = max(historyStart, plan.firstKept)
    }
}
