import Tidings
import TidingsLog

extension BrokerEngine {
    /// What the lock of the engine protects.
    struct Core {
        let log: Log
        var state: BrokerState
        var waiters = CommitWaiters()
        /// How waiting members are woken, by group.
        var signals: GroupTable<Signal>

        /// Stages a record behind those that there was no room for before.
        mutating func append(_ record: [UInt8], urgency: LogUrgency) throws(LogError) -> StagedRecord {
            try writeUnwritten()
            return StagedRecord(try log.append(record.span.bytes, urgency: urgency))
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

        /// Stages a publish record, written straight into the buffer of the log. ``writeUnwritten()`` was called before
        /// the record was proposed.
        func append(
            _ record: BrokerState.PublishRecord, keepingFree reserve: Int
        ) throws(LogError) -> StagedRecord {
            StagedRecord(
                try log.append(byteCount: record.byteCount, urgency: .sync, keepingFree: reserve) { span in
                    span.withUnsafeMutableBytes { buffer, initializedCount in
                        var writer = BinaryWriter(buffer)
                        record.write(into: &writer)
                        initializedCount = writer.offset
                    }
                })
        }

        /// Stages the records that there was no room for before.
        mutating func writeUnwritten() throws(LogError) {
            while let record = state.firstUnwritten {
                _ = try log.append(record.span.bytes, urgency: .lazy)
                state.removeFirstUnwritten()
            }
        }
    }
}
