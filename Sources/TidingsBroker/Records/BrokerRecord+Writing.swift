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
            writer.write(queue)
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
        let size = 1 + 4 + 4 + 8 * sequences.count
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            var writer = BinaryWriter(UnsafeMutableRawBufferPointer(buffer))
            writer.write(kind.rawValue)
            writer.write(queue)
            writer.write(UInt32(sequences.count))
            for sequence in sequences { writer.write(sequence) }
            count = writer.offset
        }
    }
}

extension BrokerRecord.Backfill {
    /// The record's bytes.
    func encoded() -> [UInt8] {
        let size = 1 + 8 + 4 + 4 + 8 * matched.sequences.count
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            var writer = BinaryWriter(UnsafeMutableRawBufferPointer(buffer))
            writer.write(BrokerRecord.Kind.backfill.rawValue)
            writer.write(next)
            writer.write(matched.queue)
            writer.write(UInt32(matched.sequences.count))
            for sequence in matched.sequences { writer.write(sequence) }
            count = writer.offset
        }
    }
}

extension BrokerRecord {
    /// The bytes of the record that removes a group.
    static func removal(of queue: UInt32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 1 + 4) { buffer, count in
            var writer = BinaryWriter(UnsafeMutableRawBufferPointer(buffer))
            writer.write(Kind.removal.rawValue)
            writer.write(queue)
            count = writer.offset
        }
    }

    /// The bytes of the record at which a checkpoint is taken.
    static let checkpointBytes = [Kind.checkpoint.rawValue]
}
