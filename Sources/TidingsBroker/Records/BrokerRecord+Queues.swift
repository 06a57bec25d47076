import Tidings

extension BrokerRecord {
    /// A queue is declared, or its options have changed.
    package struct Queue: Sendable {
        let id: GroupID
        let name: String
        let options: QueueOptions
        /// Where its dead letters go; nil if it is a dead-letter queue itself.
        let deadLetters: GroupID?
    }

    /// A consumer of a queue received events. Each counts one attempt more.
    package struct Receipt: Sendable {
        let time: Timestamp
        /// The number of the take, which its receipts name.
        let take: UInt64
        let visibility: Duration
        let received: Sequences
    }

    /// Events of a queue that are out come back at another time than they would have.
    package struct Lease: Sendable {
        let time: Timestamp
        let queue: GroupID
        /// What the consumers that have them still have, and for how long.
        let extended: [(sequence: UInt64, by: Duration)]
        /// What nobody has any more, and after how long it comes back.
        let retried: [(sequence: UInt64, after: Duration)]
    }

    /// Events leave one queue for another, in one step: no crash loses or doubles one.
    package struct Move: Sendable {
        package enum Cause: UInt8, Sendable {
            /// To the dead-letter queue.
            case death
            /// From the dead-letter queue back.
            case redrive
        }

        let cause: Cause
        let time: Timestamp
        /// Why; empty for a redrive.
        let reason: String
        let target: GroupID
        /// The queue they leave, and which they are.
        let source: Sequences
    }

    /// Events leave a queue for good.
    package struct Drop: Sendable {
        let fate: QueueCounts.Fate
        let dropped: Sequences
    }
}

// MARK: Form in the log

extension BrokerRecord.Queue {
    /// The record's bytes.
    package func encoded() -> [UInt8] {
        var writer = BinaryBuilder()
        writer.write(BrokerRecord.Kind.queue.rawValue)
        writer.write(id.number)
        writer.write(name)
        writer.write(deadLetters.map { UInt64($0.number) + 1 } ?? 0)
        options.encode(into: &writer)
        return writer.bytes
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        id = GroupID(number: try reader.number())
        name = try reader.text() ?? ""
        let deadLetters: UInt64 = try reader.number()
        self.deadLetters = deadLetters == 0 ? nil : GroupID(number: UInt32(truncatingIfNeeded: deadLetters - 1))
        options = try QueueOptions(&reader)
    }
}

extension BrokerRecord.Receipt {
    /// The record's bytes.
    func encoded() -> [UInt8] {
        var writer = BinaryBuilder()
        writer.write(BrokerRecord.Kind.receipt.rawValue)
        writer.write(time.microseconds)
        writer.write(take)
        writer.write(visibility.wholeMicroseconds)
        received.encode(into: &writer)
        return writer.bytes
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        time = Timestamp(microseconds: try reader.number())
        take = try reader.number()
        visibility = .microseconds(try reader.number() as Int64)
        received = try BrokerRecord.Sequences(&reader)
    }
}

extension BrokerRecord.Lease {
    /// The record's bytes.
    package func encoded() -> [UInt8] {
        var writer = BinaryBuilder()
        writer.write(BrokerRecord.Kind.lease.rawValue)
        writer.write(time.microseconds)
        writer.write(queue.number)
        for events in [extended.map { ($0.sequence, $0.by) }, retried.map { ($0.sequence, $0.after) }] {
            writer.write(UInt32(events.count))
            for (sequence, duration) in events {
                writer.write(sequence)
                writer.write(duration.wholeMicroseconds)
            }
        }
        return writer.bytes
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        time = Timestamp(microseconds: try reader.number())
        queue = GroupID(number: try reader.number())
        extended = try Self.events(&reader).map { (sequence: $0, by: $1) }
        retried = try Self.events(&reader).map { (sequence: $0, after: $1) }
    }

    private static func events(_ reader: inout BinaryReader) throws(TidingsError) -> [(UInt64, Duration)] {
        var events: [(UInt64, Duration)] = []
        for _ in 0..<(try reader.number() as UInt32) {
            let sequence: UInt64 = try reader.number()
            events.append((sequence, .microseconds(try reader.number() as Int64)))
        }
        return events
    }
}

extension BrokerRecord.Move {
    /// The record's bytes.
    package func encoded() -> [UInt8] {
        var writer = BinaryBuilder()
        writer.write(BrokerRecord.Kind.move.rawValue)
        writer.write(cause.rawValue)
        writer.write(time.microseconds)
        writer.write(reason)
        writer.write(target.number)
        source.encode(into: &writer)
        return writer.bytes
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        let cause = try reader.byte()
        guard let known = Cause(rawValue: cause) else {
            throw TidingsError(.corrupt, "events were moved for cause \(cause), which this version does not know")
        }
        self.cause = known
        time = Timestamp(microseconds: try reader.number())
        reason = try reader.text() ?? ""
        target = GroupID(number: try reader.number())
        source = try BrokerRecord.Sequences(&reader)
    }
}

extension BrokerRecord.Drop {
    /// The record's bytes.
    package func encoded() -> [UInt8] {
        var writer = BinaryBuilder()
        writer.write(BrokerRecord.Kind.drop.rawValue)
        writer.write(fate.rawValue)
        dropped.encode(into: &writer)
        return writer.bytes
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        let fate = try reader.byte()
        guard let known = QueueCounts.Fate(rawValue: fate) else {
            throw TidingsError(.corrupt, "events were dropped with fate \(fate), which this version does not know")
        }
        self.fate = known
        dropped = try BrokerRecord.Sequences(&reader)
    }
}

extension BrokerRecord.Sequences {
    func encode(into writer: inout BinaryBuilder) {
        writer.write(group.number)
        writer.write(UInt32(sequences.runs.count))
        for run in sequences.runs {
            writer.write(run.lowerBound)
            writer.write(UInt32(run.count))
        }
    }
}
