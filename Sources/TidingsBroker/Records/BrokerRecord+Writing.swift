import Tidings
import TidingsRouting

extension BrokerRecord.Group {
    /// The record's bytes.
    func encoded() -> [UInt8] {
        let pattern = pattern.description
        let size = 1 + 4 + 4 + name.utf8.count + 4 + pattern.utf8.count
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            var writer = BinaryWriter(UnsafeMutableRawBufferPointer(buffer))
            writer.write(BrokerRecord.Kind.group.rawValue)
            writer.write(queue)
            writer.write(name)
            writer.write(pattern)
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

/// The layout of a publish record: a head, then for each event its own head and its envelope.
enum PublishLayout {
    /// Kind, time, first sequence, count.
    static let headByteCount = 1 + 8 + 8 + 4

    /// Key, count of queues, queues, length.
    static func eventHeadByteCount(queues: Int) -> Int { 8 + 2 + 4 * queues + 4 }

    static func writeHead(time: Timestamp, firstSequence: UInt64, count: Int, into writer: inout BinaryWriter) {
        writer.write(BrokerRecord.Kind.publish.rawValue)
        writer.write(UInt64(bitPattern: time.microseconds))
        writer.write(firstSequence)
        writer.write(UInt32(count))
    }

    static func writeEvent(_ envelope: [UInt8], key: UInt64, queues: [UInt32], into writer: inout BinaryWriter) {
        writer.write(key)
        // There are no more queues than groups: 10,000.
        writer.write(UInt16(queues.count))
        for queue in queues { writer.write(queue) }
        writer.write(UInt32(envelope.count))
        writer.write(envelope)
    }
}
