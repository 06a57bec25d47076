import Tidings
import TidingsLog

extension BrokerEngine {
    /// The time by which what is too old goes: never ahead of a clock that nobody sets, so that a wall clock which is set
    /// ahead takes nothing away that cannot come back.
    func timeOfExpiry() -> Timestamp { min(environment.now(), clock.now()) }

    /// Stages a checkpoint record and calls `body` with the state and the record's position. Once the record is durable,
    /// so is everything that `body` has seen.
    func withCheckpointRecord<Result>(
        _ body: (inout BrokerState, RecordPosition) -> sending Result
    ) throws(TidingsError) -> sending (Result, ordinal: UInt64) {
        try step { core in
            try core.state.checkOpen()
            let staged = try core.append(BrokerRecord.checkpointBytes, urgency: .sync, isUpkeep: true)
            return (body(&core.state, staged.position), staged.ordinal)
        }
    }

    /// Calls `body` with the state. Once the record with the ordinal is durable, so is everything that `body` has seen,
    /// but for ``BrokerState/unwritten``. Needs no room on the disk.
    func withStagedState<Result>(
        _ body: (inout BrokerState) -> sending Result
    ) throws(TidingsError) -> sending (Result, ordinal: UInt64) {
        try step { core in
            try core.state.checkOpen()
            try core.writeUnwrittenIfRoom()
            return (body(&core.state), core.lastStaged)
        }
    }

    /// The ordinal of the last record that was staged.
    var lastStaged: UInt64 { locked { $0.lastStaged } }

    /// Whether records wait for room, so that nothing more becomes durable.
    var isStalled: Bool { locked { $0.waiters.isStalled } }

    /// Stages what there was no room for before.
    func writeUnwritten() throws(TidingsError) { try step { try $0.writeUnwritten(isUpkeep: true) } }
}
