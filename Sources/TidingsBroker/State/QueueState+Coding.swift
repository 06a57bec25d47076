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
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        let name = try reader.text() ?? ""
        self.init(
            name, pattern: try reader.text().map { text throws(TidingsError) in try EventPattern(kept: text, of: name) }
        )
        try decode(&reader)
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
