import Foundation
import Testing
import TidingsLog

@Suite(.timeLimit(.minutes(2))) struct MaintenanceTests {
    let folder: TemporaryFolder
    let records = (0..<60).map { record($0, byteCount: 1000 + 7 * $0) }

    init() throws { folder = try TemporaryFolder() }

    @Test func `removed segments are gone and the rest is opened from a position`() async throws {
        let opened = try OpenedLog(folder)
        let positions = try await opened.commit(records, inGroupsOf: 2)
        #expect(try opened.log.read(at: positions[0]) == records[0])
        #expect(try opened.log.removeSegments(before: 3) == 2)
        #expect(try opened.log.removeSegments(before: 3) == 0)
        #expect(code { try opened.log.read(at: positions[0]) } == .notFound)
        let rest = Array(zip(positions, records).filter { $0.0.segment >= 3 })
        #expect(try scan(opened.log, from: positions[0]).records == rest.map(\.1))
        #expect(opened.log.segments.map(\.number) == Array(3...positions[59].segment))
        let unsealed = opened.log.segments.filter { !$0.isSealed }
        #expect(unsealed.map(\.number) == [positions[59].segment])
        opened.log.close()
        let error = try #require(throws: LogError.self) { try recover(folder) }
        #expect(error.code == .corrupt && error.message.contains("checkpoint"))
        #expect(code { try OpenedLog(folder, from: positions[0], isStarted: false) } == .corrupt)
        let second = try OpenedLog(folder, from: rest[0].0)
        #expect(second.records == rest.map(\.1))
        second.log.close()
    }

    @Test func `the segment that is being written is not removed`() async throws {
        let opened = try OpenedLog(folder)
        let positions = try await opened.commit(records, inGroupsOf: 2)
        let last = try #require(positions.last)
        #expect(try opened.log.removeSegments(before: .max) == Int(last.segment) - 1)
        #expect(try opened.log.read(at: last) == records.last)
        try await opened.commit(record(99))
        opened.log.close()
    }

    @Test func `what compaction keeps stays where it is and what it drops gives back its room`() async throws {
        var options = LogOptions.small
        options.segmentBytes = 256 << 10
        let opened = try OpenedLog(folder, options)
        let records = (0..<600).map { record($0, byteCount: 900 + $0 % 50) }
        let positions = try await opened.commit(records, inGroupsOf: 20)
        #expect(try opened.log.read(at: positions[1]) == records[1])
        let before = opened.log.segments[0]
        let keep = { (number: Int) in number % 50 == 0 }
        let kept = Set(positions.indices.filter(keep).map { positions[$0] })
        let reclaimed = try opened.log.compact(1) { position, _ in kept.contains(position) }
        let after = opened.log.segments[0]
        #expect(reclaimed == before.allocatedBytes - after.allocatedBytes)
        #expect(reclaimed > 150 << 10)
        #expect(after.isCompacted && !before.isCompacted)
        #expect(try opened.log.compact(1) { position, _ in kept.contains(position) } == 0)

        let isThere = { (index: Int) in positions[index].segment > 1 || keep(index) }
        for (index, position) in positions.enumerated() {
            if isThere(index) {
                #expect(try opened.log.read(at: position) == records[index])
            } else {
                #expect(code { try opened.log.read(at: position) } == .notFound)
            }
            let rest = positions.indices.filter { $0 >= index && isThere($0) }
            if index % 37 == 0 { #expect(try scan(opened.log, from: position).records == rest.map { records[$0] }) }
        }
        opened.log.close()

        let expected = positions.indices.filter(isThere)
        for start in [nil, 0, 1, 77] as [Int?] {
            let again = try OpenedLog(folder, options, from: start.map { positions[$0] }, isStarted: false)
            #expect(again.positions == expected.filter { $0 >= start ?? 0 }.map { positions[$0] })
            #expect(again.records == expected.filter { $0 >= start ?? 0 }.map { records[$0] })
            #expect(again.warnings.isEmpty)
            again.log.close()
        }
    }

    @Test func `a segment is compacted again and again until nothing is left of it`() async throws {
        let opened = try OpenedLog(folder)
        let positions = try await opened.commit(records, inGroupsOf: 2)
        let last = try #require(positions.last { $0.segment == 1 })
        for dropped in positions where dropped.segment == 1 {
            try opened.log.compact(1, gainingAtLeast: 0) { position, _ in position > dropped }
            #expect(code { try opened.log.read(at: dropped) } == .notFound)
            let next = try #require(positions.firstIndex { $0 > dropped })
            #expect(try scan(opened.log, from: dropped).records.first == records[next])
        }
        #expect(code { try opened.log.read(at: last) } == .notFound)
        opened.log.close()
        #expect(try recover(folder).records == zip(positions, records).filter { $0.0.segment > 1 }.map(\.1))
    }

    @Test func `only a sealed segment that is there is compacted`() async throws {
        let opened = try OpenedLog(folder)
        let last = try #require(try await opened.commit(records, inGroupsOf: 2).last)
        try opened.log.removeSegments(before: 2)
        for number in [0, 1, last.segment, last.segment + 1, .max] as [UInt64] {
            #expect(code { try opened.log.compact(number) { _, _ in false } } == .notFound)
        }
        struct Refusal: Error {}
        #expect(throws: Refusal.self) { try opened.log.compact(2) { _, _ in throw Refusal() } }
        #expect(try opened.log.compact(2) { _, _ in true } == 0)
        #expect(opened.log.segments.first?.isCompacted == false)
        opened.log.close()
        #expect(code { try opened.log.compact(2) { _, _ in false } } == .closed)
        #expect(code { try opened.log.removeSegments(before: 3) } == .closed)
    }

    @Test func `a machine that stops anywhere in a compaction leaves the old segment or the new one`() async throws {
        let opened = try OpenedLog(folder)
        let positions = try await opened.commit(records, inGroupsOf: 2)
        opened.log.close()
        let kept = zip(positions, records).enumerated().filter { $0.offset % 3 == 0 || $0.element.0.segment != 2 }
        var outcomes: Set<Bool> = []
        for step in 0... {
            let copy = try folder.copy()
            let system = FaultyFileSystem()
            let log = try Log.open(directory: copy.path, options: .small, fileSystem: system) { _, _ in }
            system.stop(afterCalls: step)
            let failure = code {
                try log.compact(2) { position, _ in positions.firstIndex(of: position)! % 3 == 0 }
            }
            let hasStopped = system.hasStopped
            #expect(hasStopped == (failure == .io))
            log.close()
            let found = try recover(copy)
            #expect(found.warnings.isEmpty)
            #expect(found.records == records || found.records == kept.map(\.element.1))
            outcomes.insert(found.records == records)
            #expect(try copy.names().allSatisfy { !$0.hasSuffix(".tmp") })
            if !hasStopped { break }
            try #require(step < 100)
        }
        #expect(outcomes == [true, false])
    }

    @Test func `a machine that stops anywhere in a removal leaves a log without a gap`() async throws {
        let opened = try OpenedLog(folder)
        let positions = try await opened.commit(records, inGroupsOf: 2)
        opened.log.close()
        let start = try #require(positions.first { $0.segment == 4 })
        for step in 0... {
            let copy = try folder.copy()
            let system = FaultyFileSystem()
            let log = try Log.open(directory: copy.path, options: .small, fileSystem: system) { _, _ in }
            system.stop(afterCalls: step)
            let failure = code { try log.removeSegments(before: 4) }
            let hasStopped = system.hasStopped
            #expect(hasStopped == (failure == .io))
            log.close()
            let numbers = try copy.segments()
            #expect(numbers == Array(try folder.segments().suffix(numbers.count)))
            let again = try OpenedLog(copy, from: start, isStarted: false)
            #expect(again.records == zip(positions, records).filter { $0.0.segment >= 4 }.map(\.1))
            again.log.close()
            if !hasStopped { break }
            try #require(step < 100)
        }
    }

    @Test func `a compaction for which there is no room changes nothing`() async throws {
        let system = FaultyFileSystem()
        let opened = try OpenedLog(folder, fileSystem: system)
        let positions = try await opened.commit(records, inGroupsOf: 2)
        try await eventually { (try? folder.segments().last) == segmentName(positions[59].segment + 1) }
        system.fail(.write, with: ENOSPC)
        #expect(code { try opened.log.compact(1) { _, _ in false } } == .full)
        system.heal(.write)
        #expect(try folder.names().allSatisfy { !$0.hasSuffix(".tmp") })
        #expect(try opened.log.read(at: positions[0]) == records[0])
        try await opened.commit(record(99))
        opened.log.close()
        #expect(try recover(folder).records == records + [record(99)])
    }
}
