import Tidings
import TidingsRouting

extension QueueState {
    func encode(into writer: inout BinaryBuilder) {
        writer.write(name)
        writer.write(pattern?.description)
        unsettled.encode(into: &writer)
        encodeAttempts(into: &writer)
        counts.encode(into: &writer)
        for number in [takes, backfill?.next ?? 0, backfill?.end ?? 0] { writer.write(number) }
        writer.write(backfill?.since.microseconds ?? 0)
        writer.write(backfill?.pattern.description ?? "")
        declaration.encode(into: &writer)
        writer.write(UInt32(letters.count))
        for (sequence, note) in letters.sorted(by: { $0.key < $1.key }) {
            writer.write(sequence)
            note.encode(into: &writer)
        }
        writer.write(archiveRetention?.wholeMicroseconds ?? 0)
        encodeReplayed(into: &writer)
        delays.encode(into: &writer)
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        let name = try reader.text() ?? ""
        self.init(
            name, pattern: try reader.text().map { text throws(TidingsError) in try EventPattern(kept: text, of: name) }
        )
        try decode(&reader)
    }

    init(_ name: String, pattern: EventPattern?) {
        self.name = name
        self.pattern = pattern
    }

    func encodeAttempts(into writer: inout BinaryBuilder) {
        taken.encode(into: &writer)
        writer.write(UInt32(repeated.count))
        for (sequence, count) in repeated.sorted(by: { $0.key < $1.key }) {
            writer.write(sequence)
            writer.write(count)
        }
        writer.write(UInt32(firstReceived.count))
        for (sequence, time) in firstReceived.sorted(by: { $0.key < $1.key }) {
            writer.write(sequence)
            writer.write(time.microseconds)
        }
        writer.write(UInt32(leases.count))
        for (sequence, lease) in leases.sorted(by: { $0.key < $1.key }) {
            writer.write(sequence)
            lease.encode(into: &writer)
        }
    }

    mutating func decode(_ reader: inout BinaryReader) throws(TidingsError) {
        unsettled = try SequenceSet(&reader)
        taken = try SequenceSet(&reader)
        for _ in 0..<(try reader.number() as UInt32) {
            let sequence: UInt64 = try reader.number()
            repeated[sequence] = try reader.number()
        }
        for _ in 0..<(try reader.number() as UInt32) {
            let sequence: UInt64 = try reader.number()
            firstReceived[sequence] = Timestamp(microseconds: try reader.number())
        }
        for _ in 0..<(try reader.number() as UInt32) {
            let sequence: UInt64 = try reader.number()
            leases[sequence] = try EventLease(&reader)
        }
        counts = try QueueCounts(&reader)
        takes = try reader.number()
        let next: UInt64 = try reader.number()
        let end: UInt64 = try reader.number()
        let since = Timestamp(microseconds: try reader.number())
        let pattern = try reader.text() ?? ""
        if next < end {
            backfill = Backfill(next: next, end: end, since: since, pattern: try EventPattern(kept: pattern, of: name))
        }
        declaration = try Declaration(&reader)
        for _ in 0..<(try reader.number() as UInt32) {
            let sequence: UInt64 = try reader.number()
            letters[sequence] = try DeadLetterNote(&reader)
        }
        findSpent()
        let retention: Int64 = try reader.number()
        archiveRetention = retention == 0 ? nil : .microseconds(retention)
        for _ in 0..<(try reader.number() as UInt32) {
            let name = try reader.text() ?? ""
            replayed[name] = Replayed(
                events: try SequenceSet(&reader), time: Timestamp(microseconds: try reader.number()))
        }
        for _ in 0..<(try reader.number() as UInt32) {
            let sequence: UInt64 = try reader.number()
            redriven[sequence] = Timestamp(microseconds: try reader.number())
        }
        delays = try DelayedEvents(&reader)
    }

    func encodeReplayed(into writer: inout BinaryBuilder) {
        writer.write(UInt32(replayed.count))
        for (name, brought) in replayed.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            writer.write(name)
            brought.events.encode(into: &writer)
            writer.write(brought.time.microseconds)
        }
        writer.write(UInt32(redriven.count))
        for (sequence, time) in redriven.sorted(by: { $0.key < $1.key }) {
            writer.write(sequence)
            writer.write(time.microseconds)
        }
    }
}

extension QueueState.Declaration? {
    fileprivate func encode(into writer: inout BinaryBuilder) {
        writer.write(self == nil ? 0 : 1 as UInt8)
        guard let self else { return }
        self.options.encode(into: &writer)
        for id in [self.deadLetters, self.source] { writer.write(id.map { UInt64($0.number) + 1 } ?? 0) }
    }
}

extension QueueState.Declaration {
    init?(_ reader: inout BinaryReader) throws(TidingsError) {
        guard try reader.byte() == 1 else { return nil }
        options = try QueueOptions(&reader)
        deadLetters = try Self.id(&reader)
        source = try Self.id(&reader)
    }

    private static func id(_ reader: inout BinaryReader) throws(TidingsError) -> GroupID? {
        let number: UInt64 = try reader.number()
        return number == 0 ? nil : GroupID(number: UInt32(truncatingIfNeeded: number - 1))
    }
}
