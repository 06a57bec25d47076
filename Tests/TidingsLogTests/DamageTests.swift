import Testing
import TidingsLog

/// A small log, damaged in every place there is.
@Suite(.timeLimit(.minutes(5))) struct DamageTests {
    @Test func `the sample is whole, and has a compacted segment, a tail of zeros and a spare segment`() async throws {
        let sample = try await SampleLog()
        let (recovered, _) = sample.recover(3) { _ in }
        #expect(recovered.isWhole(sample.records.count, warnings: 0))
        #expect(sample.lastGroup.segment == 3)
        #expect(SampleLog.segments.map { sample.bytes($0).count > 4096 + 24 } == [true, true, true, true])
        let firsts = sample.records.filter { $0.position.segment == 1 }
        #expect(zip(firsts, firsts.dropFirst()).contains { $1.position.offset > $0.end + 100 })
        #expect(sample.bytes(3).suffix(1000).allSatisfy { $0 == 0 })
        #expect(sample.bytes(4).dropFirst(4096).allSatisfy { $0 == 0 })
    }

    @Test func `whichever byte is flipped, the log is whole, or without its last group, or refused`() async throws {
        let sample = try await SampleLog()
        let tally = await sample.bytePlaces.tally { sample.verdict(onFlipping: $0) }
        print("damage of the log: \(tally.caseCount) bytes flipped, \(tally)")
        #expect(tally.caseCount == sample.byteCount)
        #expect(tally.defects.isEmpty, "\(tally.defects.count), such as:\n\(tally.examples)")
    }

    @Test func `wherever a file is cut, the log has the whole records before the cut, or is refused`() async throws {
        let sample = try await SampleLog()
        let tally = await sample.lengths.tally { sample.verdict(onCutting: $0) }
        print("damage of the log: files cut at \(tally.caseCount) lengths, \(tally)")
        #expect(tally.caseCount == sample.byteCount + sample.files.count)
        #expect(tally.defects.isEmpty, "\(tally.defects.count), such as:\n\(tally.examples)")
    }

    @Test func `stopping at the first frame that does not check would lose durable records quietly`() async throws {
        let sample = try await SampleLog()
        let stored = sample.records.filter { $0.position.segment == 3 }
        let victim = try #require(stored.first)
        let flip = { (bytes: inout [UInt8]) in bytes[Int(victim.position.offset) + 20] ^= 0x10 }
        var bytes = sample.bytes(3)
        #expect(naiveRecords(bytes, segment: 3) == stored.map(\.payload))
        flip(&bytes)
        // Each of these was acknowledged as durable, and the truncating reader sees none of them.
        #expect(naiveRecords(bytes, segment: 3).isEmpty)
        #expect(stored.count > 2)
        #expect(sample.recover(3, flip).0.isRefused(for: 3))
    }

    /// The records of a segment up to the first frame that does not check.
    private func naiveRecords(_ bytes: [UInt8], segment: UInt64) -> [[UInt8]] {
        func number(_ offset: Int, _ count: Int) -> UInt64 {
            (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * $1) }
        }
        var records: [[UInt8]] = []
        var offset = 4096
        while offset + 16 <= bytes.count {
            let length = Int(number(offset + 8, 4))
            let end = offset + 16 + (length + 7) / 8 * 8
            guard end <= bytes.count else { break }
            let seed = segment &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(offset)
            let frame = ContiguousArray(bytes[offset + 8..<end])
            guard XXH64.hash(frame.span.bytes, seed: seed) == number(offset, 8) else { break }
            if bytes[offset + 12] == 1 { records.append(Array(bytes[offset + 16..<offset + 16 + length])) }
            offset = end
        }
        return records
    }
}
