import Testing
import TidingsLog

/// A compacted segment, damaged in every place there is.
@Suite(.timeLimit(.minutes(5))) struct CompactedDamageTests {
    @Test func `whichever byte of a compacted segment is flipped, a record in it reads as it was, or not at all`()
        async throws
    {
        let sample = try await SampleLog()
        let records = sample.records.filter { $0.position.segment == 1 }
        let places = sample.bytePlaces.filter { $0.segment == 1 }
        let tally = await places.tally { sample.verdict(onReading: records, with: $0) }
        print("damage of a compacted segment: \(tally.caseCount) bytes flipped, \(tally)")
        #expect(tally.defects.isEmpty, "\(tally.defects.count), such as:\n\(tally.examples)")
        // What stands before the damage is read all the same.
        #expect(tally.cut > 0)
    }

    @Test func `a compacted segment that is damaged is refused though nothing stands behind it`() async throws {
        let sample = try await SampleLog()
        let tally = await sample.bytePlaces.filter { $0.segment == 1 }.tally { sample.verdict(onFlippingAlone: $0) }
        #expect(tally.refused == sample.bytes(1).count, "\(tally.defects.count), such as:\n\(tally.examples)")
        for length in stride(from: 4096, to: sample.bytes(1).count, by: 8) {
            let system = MemoryFileSystem([SampleLog.path(1): Array(sample.bytes(1).prefix(length))])
            #expect(sample.recover(system).isRefused(for: 1), "length \(length)")
        }
        let count = sample.records.count { $0.position.segment == 1 }
        #expect(sample.recover(MemoryFileSystem([SampleLog.path(1): sample.bytes(1)])).isWhole(count, warnings: 0))
    }
}
