import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsTesting

@Suite struct SequenceMarksTests {
    /// What is noted of a log of many records, and the records themselves.
    private func log(_ seed: UInt64) -> (marks: SequenceMarks, records: [Record]) {
        var random = SplitMix64(seed: seed)
        var marks = SequenceMarks()
        var records: [Record] = []
        var last = Timestamp(seconds: 1)
        var record = Record(
            sequence: 1, time: Timestamp(seconds: 1), position: RecordPosition(segment: 1, offset: 4096))
        for _ in 0..<2000 {
            records.append(record)
            marks.note(record.sequence, at: record.time, after: last, record.position)
            last = record.time
            record.sequence += UInt64.random(in: 1...5, using: &random)
            record.time = record.time + .milliseconds(Int.random(in: 0...900, using: &random))
            let offset = record.position.offset + UInt32.random(in: 100...60_000, using: &random)
            record.position =
                offset < 1 << 20
                ? RecordPosition(segment: record.position.segment, offset: offset)
                : RecordPosition(segment: record.position.segment + 1, offset: 4096)
        }
        return (marks, records)
    }

    private struct Record {
        var sequence: UInt64
        var time: Timestamp
        var position: RecordPosition
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `any event is found in one stretch, and the stretches are short`(seed: UInt64) throws {
        let (marks, records) = log(seed)
        for record in records {
            let index = try #require(marks.index(before: record.sequence))
            #expect(marks.marks[index].position <= record.position)
            if index + 1 < marks.marks.count { #expect(record.position < marks.marks[index + 1].position) }
            #expect(marks.marks[index].position.segment == record.position.segment)
            #expect(record.position.offset - marks.marks[index].position.offset < 256 << 10)
        }
        #expect(marks.index(before: 0 as UInt64) == nil)
        #expect(marks.marks.count < records.count / 4)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `whatever is as young as a moment stands behind the mark for it`(seed: UInt64) {
        let (marks, records) = log(seed)
        for record in records {
            let first = records.first { $0.time >= record.time }
            guard let index = marks.index(before: record.time, at: Timestamp(seconds: 100_000)) else { continue }
            #expect(marks.marks[index].time < record.time)
            #expect(marks.marks[index].sequence <= first?.sequence ?? 0)
        }
        #expect(marks.index(before: Timestamp(seconds: 1), at: Timestamp(seconds: 100_000)) == nil)
    }

    @Test func `what is said of a segment is what stands in it`() throws {
        var (marks, records) = log(7)
        let last = try #require(records.last?.position.segment)
        #expect(last > 20)
        for segment in 1...last {
            let inside = records.filter { $0.position.segment == segment }
            let behind = records.first { $0.position.segment > segment }
            let range = marks.sequences(of: segment, next: 1_000_000)
            #expect(range?.lowerBound == inside.first?.sequence)
            #expect(range?.upperBound == behind?.sequence ?? 1_000_000)
            #expect(marks.timeBehind(segment, at: Timestamp(seconds: 100_000)) == behind?.time)
            #expect(marks.first(from: segment)?.sequence == inside.first?.sequence)
        }
        marks.removeAll(before: 10)
        #expect(marks.marks.first?.position.segment == 10)
        #expect(marks.sequences(of: 9, next: 1_000_000) == nil)
        #expect(marks.first(from: 1)?.position.segment == 10)
        marks.removeAll(before: .max)
        #expect(marks.marks.isEmpty)
    }

    @Test func `they are read as they were written`() throws {
        let (marks, _) = log(3)
        var writer = BinaryBuilder()
        marks.encode(into: &writer)
        var reader = BinaryReader(writer.bytes[...])
        #expect(try SequenceMarks(&reader).marks == marks.marks)
        #expect(reader.rest.isEmpty)
        for length in 0..<min(100, writer.bytes.count) {
            #expect(throws: TidingsError.self) {
                var reader = BinaryReader(writer.bytes[..<length])
                _ = try SequenceMarks(&reader)
            }
        }
    }
}
