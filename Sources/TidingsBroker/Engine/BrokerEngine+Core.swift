import Tidings
import TidingsLog

extension BrokerEngine {
    /// What the lock of the engine protects.
    struct Core {
        let log: Log
        let reserve: Reserve
        /// The ordinal of the last record that was staged; 0 if none was since the log was opened.
        private(set) var lastStaged: UInt64 = 0
        /// The ordinal of the last record that removed a group; 0 if none did.
        var lastRemoval: UInt64 = 0
        var state: BrokerState
        var waiters = CommitWaiters()
        /// How waiting members are woken, by group.
        var signals: GroupTable<Signal>

        init(log: Log, reserve: Reserve, state: consuming BrokerState, signals: GroupTable<Signal>) {
            self.log = log
            self.reserve = reserve
            self.state = state
            self.signals = signals
        }

        /// Stages a record behind those that there was no room for before.
        /// - Parameter isUpkeep: Whether it may use the part of a full disk that is kept for upkeep.
        mutating func append(
            _ record: [UInt8], urgency: LogUrgency, isUpkeep: Bool = false
        ) throws(LogError) -> StagedRecord {
            try writeUnwritten(isUpkeep: isUpkeep)
            return noted(try log.append(record.span.bytes, urgency: urgency, keepingFree: free(isUpkeep)))
        }

        /// Stages a record that nobody waits for, soon to be durable.
        /// - Returns: `false` if the log has no room now.
        mutating func appendIfRoom(_ record: [UInt8]) throws(LogError) -> Bool {
            do throws(LogError) {
                _ = try append(record, urgency: .lazy)
                return true
            } catch {
                guard [.full, .overloaded].contains(error.code) else { throw error }
                return false
            }
        }

        /// Stages a publish record, written straight into the buffer of the log. ``writeUnwritten(isUpkeep:)`` was
        /// called before the record was proposed.
        mutating func append(_ record: BrokerState.PublishRecord) throws(LogError) -> StagedRecord {
            let ticket = try log.append(
                byteCount: record.byteCount, urgency: .sync, keepingFree: reserve.behindPublishes
            ) { span in
                span.withUnsafeMutableBytes { buffer, initializedCount in
                    var writer = BinaryWriter(buffer)
                    record.write(into: &writer)
                    initializedCount = writer.offset
                }
            }
            return noted(ticket)
        }

        /// Stages the settlements that there was no room for before, merged into few records.
        mutating func writeUnwritten(isUpkeep: Bool = false) throws(LogError) {
            if state.unwritten.isEmpty { return }
            // Refused before, so it would be again; only upkeep may use what is left.
            if !isUpkeep, log.isFull {
                throw LogError(.full, "There is no room on the disk of the log for what consumers have settled.")
            }
            while let record = state.firstUnwritten(atMost: reserve.runLimit) {
                _ = noted(try log.append(record.bytes.span.bytes, urgency: .lazy, keepingFree: free(isUpkeep)))
                state.removeUnwritten(record)
            }
        }

        /// The same, as far as there is room.
        mutating func writeUnwrittenIfRoom() throws(LogError) {
            do throws(LogError) {
                try writeUnwritten(isUpkeep: true)
            } catch {
                guard [.full, .overloaded].contains(error.code) else { throw error }
            }
        }

        private func free(_ isUpkeep: Bool) -> Int { isUpkeep ? 0 : reserve.behindConsumers }

        private mutating func noted(_ ticket: LogTicket) -> StagedRecord {
            lastStaged = ticket.ordinal
            return StagedRecord(ticket)
        }
    }

    /// What is kept free in the last file of a full disk, for what matters more.
    struct Reserve {
        /// For consumers and upkeep, which publishers leave free.
        let behindPublishes: Int
        /// For upkeep alone: its records bring room back, or keep what consumers have done.
        let behindConsumers: Int
        /// How many runs of sequences a record of upkeep names at most, so that several fit.
        let runLimit: Int

        init(segmentBytes: Int) {
            behindPublishes = min(1 << 20, segmentBytes / 4)
            behindConsumers = behindPublishes / 4
            runLimit = min(1000, max(8, behindConsumers / 48))
        }
    }
}
