import Tidings
import TidingsRouting

extension BrokerRecord.Group {
    /// The record's bytes.
    func encoded() -> [UInt8] {
        let pattern = pattern.description
        let size = 1 + 4 + 4 + name.utf8.count + 4 + pattern.utf8.count + 8 + 8
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            var writer = BinaryWriter(UnsafeMutableRawBufferPointer(buffer))
            writer.write(BrokerRecord.Kind.group.rawValue)
            writer.write(id.number)
            writer.write(name)
            writer.write(pattern)
            writer.write(history?.start ?? 0)
            writer.write(history?.since.microseconds ?? 0)
            count = writer.offset
        }
    }
}

extension BrokerRecord.Sequences {
    /// The record's bytes.
    func encoded(as kind: BrokerRecord.Kind) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 1 + byteCount) { buffer, count in
            var writer = BinaryWriter(UnsafeMutableRawBufferPointer(buffer))
            writer.write(kind.rawValue)
            write(into: &writer)
            count = writer.offset
        }
    }

    /// The group, the count of runs, and of each run its first sequence and its length.
    fileprivate var byteCount: Int { 4 + 4 + 12 * sequences.runs.count }

    fileprivate func write(into writer: inout BinaryWriter) {
        writer.write(group.number)
        writer.write(UInt32(sequences.runs.count))
        for run in sequences.runs {
            assert(run.count <= UInt32.max, "a step names at most \(BrokerState.outstandingLimit) events")
            writer.write(run.lowerBound)
            writer.write(UInt32(run.count))
        }
    }
}

extension BrokerRecord.GroupSet {
    /// The record's bytes.
    package func encoded() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 1 + 4 + 4 + 4 * groups.count) { buffer, count in
            var writer = BinaryWriter(UnsafeMutableRawBufferPointer(buffer))
            writer.write(BrokerRecord.Kind.groupSet.rawValue)
            writer.write(number)
            writer.write(UInt32(groups.count))
            for group in groups { writer.write(group.number) }
            count = writer.offset
        }
    }
}

extension BrokerRecord.Backfill {
    /// The record's bytes.
    func encoded() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 1 + 8 + matched.byteCount) { buffer, count in
            var writer = BinaryWriter(UnsafeMutableRawBufferPointer(buffer))
            writer.write(BrokerRecord.Kind.backfill.rawValue)
            writer.write(next)
            matched.write(into: &writer)
            count = writer.offset
        }
    }
}

extension BrokerRecord {
    /// The bytes of the record that removes a group.
    static func removal(of group: GroupID) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 1 + 4) { buffer, count in
            var writer = BinaryWriter(UnsafeMutableRawBufferPointer(buffer))
            writer.write(Kind.removal.rawValue)
            writer.write(group.number)
            count = writer.offset
        }
    }

    /// The bytes of the record up to which a checkpoint holds the state.
    static let checkpointBytes = [Kind.checkpoint.rawValue]
}
