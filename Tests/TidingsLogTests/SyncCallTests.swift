#if os(Linux)
import Testing
import TidingsLog

/// What the operating system is asked to make durable. No simulation sees what the real file system leaves out.
@Suite(.timeLimit(.minutes(1))) struct SyncCallTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `segments and their names are synced when they are made, removed and compacted`() async throws {
        let calls = SyncCalls(in: folder)
        let opened = try OpenedLog(folder)
        #expect(calls.count(segmentName(1) + ".tmp") == 1)
        #expect(calls.count() >= 1)
        for number in 0..<6 { try await opened.commit(record(number, byteCount: 8000)) }
        try await eventually { try folder.segments().last == segmentName(7) }
        opened.log.close()
        for number in 2...7 { #expect(calls.count(segmentName(UInt64(number)) + ".tmp") == 1) }
        // Nothing else is made meanwhile.
        let log = try OpenedLog(folder, isStarted: false).log
        let afterOpening = calls.count()
        #expect(try log.removeSegments(before: 3) == 2)
        #expect(calls.count() == afterOpening + 2)
        #expect(try log.compact(3) { _, _ in false } > 0)
        #expect(calls.count(segmentName(3) + ".tmp") == 2)
        #expect(calls.count() == afterOpening + 3)
        log.close()
    }

    @Test func `each record that is acknowledged was synced, with what an opening found`() async throws {
        let calls = SyncCalls(in: folder)
        let opened = try OpenedLog(folder)
        for number in 0..<5 {
            let before = calls.count(segmentName(1))
            try await opened.commit(record(number))
            #expect(calls.count(segmentName(1)) == before + 1)
        }
        opened.log.close()
        let before = calls.count(segmentName(1))
        try OpenedLog(folder, isStarted: false).log.close()
        #expect(calls.count(segmentName(1)) == before + 1)
    }
}
#endif
