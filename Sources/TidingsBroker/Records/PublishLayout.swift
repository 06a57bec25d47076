import Tidings
import TidingsLog

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

    /// Whether a record is one of publishing.
    static func isPublish(_ record: RawSpan) -> Bool {
        !record.isEmpty && record.unsafeLoad(as: UInt8.self) == BrokerRecord.Kind.publish.rawValue
    }

    /// An event as it stands in a record.
    struct Entry {
        let sequence: UInt64
        let time: Timestamp
        let key: UInt64
        /// Where the numbers of its queues stand.
        let queues: Range<Int>
        /// Where its envelope stands.
        let envelope: Range<Int>

        /// The numbers of its queues.
        func queueNumbers(in record: RawSpan) -> [UInt32] {
            stride(from: queues.lowerBound, to: queues.upperBound, by: 4).map { offset in
                UInt32(littleEndian: record.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
            }
        }

        /// The event itself.
        func event(in record: RawSpan) throws(TidingsError) -> Envelope {
            let bytes = record.extracting(envelope).withUnsafeBytes { Array($0) }
            return try Envelope(binary: bytes[...])
        }
    }

    /// Goes through the events of a publish record without reading them, until `body` returns `false`; records of other
    /// kinds have none.
    static func forEachEvent(in record: RawSpan, _ body: (Entry) throws -> Bool) throws {
        guard isPublish(record) else { return }
        var offset = 1
        func number<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type) throws(TidingsError) -> Number {
            guard offset + MemoryLayout<Number>.size <= record.byteCount else {
                throw TidingsError(.corrupt, "a publish record ends before what it is to hold")
            }
            defer { offset += MemoryLayout<Number>.size }
            return Number(littleEndian: record.unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self))
        }
        let time = Timestamp(microseconds: try number(Int64.self))
        let firstSequence = try number(UInt64.self)
        for index in 0..<(try number(UInt32.self)) {
            let key = try number(UInt64.self)
            let queues = try Int(number(UInt16.self)) * 4
            let queuesStart = offset
            offset += queues
            let length = try Int(number(UInt32.self))
            guard offset + length <= record.byteCount else {
                throw TidingsError(.corrupt, "a publish record ends before what it is to hold")
            }
            let entry = Entry(
                sequence: firstSequence + UInt64(index), time: time, key: key,
                queues: queuesStart..<queuesStart + queues, envelope: offset..<offset + length)
            offset += length
            guard try body(entry) else { return }
        }
        guard offset == record.byteCount else {
            throw TidingsError(.corrupt, "a publish record has \(record.byteCount - offset) bytes more than it says")
        }
    }
}
