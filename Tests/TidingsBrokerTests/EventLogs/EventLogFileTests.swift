import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// The files of event logs: when they begin, when they go, and what becomes of a disk that refuses them.
@Suite(.timeLimit(.minutes(10))) struct EventLogFileTests {
    private let system = SimulatedFileSystem()
    private let clock = ManualClock()
    private static let day = Duration.seconds(86_400)

    private func open(
        _ options: EmbeddedOptions = .small, _ targets: [EventRule.Target] = [.log("audit", retention: day)]
    ) async throws -> EmbeddedEventBus {
        let bus = try await EmbeddedEventBus.open(
            "/bus", options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: system)
        try await bus.declareRule(EventRule("all", .all, to: targets))
        return bus
    }

    private func publish(_ numbers: ClosedRange<Int>, _ bus: EmbeddedEventBus, padding: Int = 0) async throws {
        try await bus.publish(numbers.map { .numbered($0, padding: padding) })
    }

    private func lines() throws -> [UInt64] { try system.lines(of: "audit", in: "/bus").map(\.sequence) }

    private func files() throws -> [String] { try system.files(in: "/bus/logs/audit") }

    @Test func `a day has a file, and a file that is full is followed by another`() async throws {
        var options = EmbeddedOptions.small
        options.eventLogFileBytes = 1000
        let bus = try await open(options)
        try await publish(1...9, bus)
        try await bus.waitForEventLog("audit", clock)
        clock.advance(by: Self.day)
        try await publish(10...10, bus)
        // One that is larger than a file has a file.
        try await publish(11...11, bus, padding: 3000)
        try await publish(12...12, bus)
        try await bus.waitForEventLog("audit", clock)
        let contents = try files().map { try system.contents(of: "/bus/logs/audit/" + $0) }
        let firsts = try contents.map { try #require(try LoggedLine.lines(of: $0).first).sequence }
        let days = firsts.map { $0 < 10 ? "2026-01-01" : "2026-01-02" }
        #expect(
            try files()
                == zip(days, firsts).map { day, first in
                    "\(day)-000000000000000000\(first < 10 ? "0" : "")\(first).jsonl"
                })
        #expect(firsts.suffix(3) == [10, 11, 12] && firsts.count > 4)
        for (file, next) in zip(contents, contents.dropFirst()) {
            let line = try #require(next.split(separator: UInt8(ascii: "\n")).first)
            let (isOne, isNewDay) = (try LoggedLine.lines(of: file).count == 1, try LoggedLine(line).sequence == 10)
            #expect(isOne || file.count <= 1000)
            #expect(isOne || isNewDay || file.count + line.count >= 1000)
        }
        #expect(try lines() == Array(1...12))
        await bus.close()
    }

    @Test func `files go when their day is over for as long as the retention says, and the log with the last`()
        async throws
    {
        let bus = try await open()
        for day in 1...3 {
            try await publish(day...day, bus)
            try await bus.waitForEventLog("audit", clock)
            await bus.runMaintenance()
            clock.advance(by: Self.day)
        }
        // The fourth day: the first day ended two days ago, the second one.
        try await publish(4...4, bus)
        try await bus.waitForEventLog("audit", clock)
        await bus.runMaintenance()
        try await clock.pass { try lines() == [3, 4] }
        try await bus.removeRule("all")
        await bus.runMaintenance()
        #expect(try lines() == [3, 4])
        #expect(try await bus.eventLogs().map(\.rules) == [[]])
        clock.advance(by: .seconds(3 * 86_400))
        await bus.runMaintenance()
        try await clock.pass { try await bus.eventLogs().isEmpty }
        #expect(try files().isEmpty)
        await bus.close()
    }

    @Test(arguments: [
        // The days of the files, today, the days of retention, and how many files go.
        ([1, 2, 3], 4, 1, 2), ([1, 2, 3], 4, 2, 1), ([1, 2, 3], 4, 3, 0), ([1], 100, 1, 1), ([], 100, 1, 0),
        // Ahead of the clock: as old as the one behind it, or of today.
        ([1, 90, 3], 5, 1, 3), ([1, 90, 3], 4, 1, 1), ([1, 90], 5, 1, 1), ([90], 50, 1, 0),
        // Before an earlier one: the same.
        ([5, 1, 6], 7, 1, 1), ([5, 1], 7, 1, 1), ([5, 1, 6], 8, 1, 3), ([5, 1], 20, 1, 1),
    ])
    func `a wrong clock makes nothing older`(days: [Int64], today: Int64, retention: Int64, expired: Int) {
        let files = days.enumerated().map { EventLogFileName(day: $1, first: UInt64($0)) }
        let gone = files.expired(after: .seconds(retention * 86_400), at: Timestamp(seconds: today * 86_400))
        #expect(gone.count == expired)
    }

    @Test(arguments: [
        ("2026-01-31-00000000000000000017.jsonl", true), ("2026-01-31-17.jsonl", false),
        ("2026-02-31-00000000000000000017.jsonl", false), ("2026-01-31-00000000000000000017.jsonl.gz", false),
        ("2026-01-31-0000000000000000001x.jsonl", false), ("notes.txt", false),
    ])
    func `only what is named like a file of an event log is one`(name: String, isOne: Bool) {
        #expect((EventLogFileName(name) != nil) == isOne)
        if isOne { #expect(EventLogFileName(name)?.text == name) }
    }

    @Test func `a full disk delays the log and nothing else, with an alarm, and it goes on by itself`() async throws {
        var options = EmbeddedOptions.small
        options.segmentBytes = 1 << 20
        let bus = try await open(options)
        let group = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        try await publish(1...20, bus)
        try await bus.waitForEventLog("audit", clock)
        system.capacity = system.usedBytes
        try await publish(21...60, bus, padding: 200)
        let failure = try await bus.waitForFailure(clock)
        #expect(failure.contains("No space"), "\(failure)")
        #expect(try await group.take(60).count == 60)
        #expect(await bus.health().alarms.contains { $0.hasPrefix("event log audit cannot be written") })
        // What could not be written whole is not seen, and what was stays.
        #expect(try lines() == Array(1...20))
        system.capacity = .max
        try await bus.waitForEventLog("audit", clock)
        #expect(try lines() == Array(1...60))
        #expect(await !bus.health().alarms.contains { $0.hasPrefix("event log") })
        await bus.close()
    }

    @Test(arguments: [
        SimulatedFileSystem.Operation.makeDirectory, .list, .open, .create, .write, .truncate, .synchronize,
        .synchronizeDirectory,
    ])
    func `a call that fails delays the log, and loses and doubles nothing`(
        operation: SimulatedFileSystem.Operation
    ) async throws {
        var options = EmbeddedOptions.small
        options.eventLogFileBytes = 1000
        let bus = try await open(options)
        for number in 1...8 {
            // Some of them twice, so that what follows a failure fails as well.
            for suffix in [".jsonl", "/logs", "/audit"] {
                system.fail(operation, of: suffix, after: number % 3, times: 1 + number % 2, with: .error(5))
            }
            if operation == .truncate { system.fail(.synchronize, of: ".jsonl", times: 1, with: .error(5)) }
            try await publish(number * 10...number * 10 + 9, bus)
            try await bus.waitForEventLog("audit", clock)
            system.clearFaults()
            #expect(try lines() == Array(1...UInt64(number) * 10))
        }
        await bus.close()
        // Whatever was told to be there is there after a power cut.
        let survivor = system.afterPowerCut(.nothing)
        #expect(try survivor.lines(of: "audit", in: "/bus").map(\.sequence) == Array(1...80))
    }

    @Test func `an event that cannot be read is a line that says so, and an alarm`() async throws {
        var options = EmbeddedOptions.small
        options.cacheBytes = 0
        let bus = try await open(options)
        try await publish(1...1, bus)
        try await bus.waitForEventLog("audit", clock)
        system.fail(.write, of: ".jsonl", with: .error(28))
        for number in 2...4 { try await publish(number...number, bus) }
        _ = try await bus.waitForFailure(clock)
        let segment = try #require(try system.files(in: "/bus").filter { $0.hasSuffix(".log") }.min())
        let bytes = try system.contents(of: "/bus/" + segment)
        let place = try #require(bytes.firstRange(of: Array("event-3".utf8))?.lowerBound)
        try system.flip(byteAt: place, of: "/bus/" + segment)
        system.clearFaults()
        try await bus.waitForEventLog("audit", clock)
        let lines = try system.lines(of: "audit", in: "/bus")
        #expect(lines.map(\.sequence) == [1, 2, 3, 4])
        #expect(lines.map { $0.event != nil } == [true, true, false, true])
        #expect(lines.map { $0.unreadable != nil } == [false, false, true, false])
        let alarms = await bus.health().alarms
        #expect(alarms.contains { $0.contains("could not get event 3;") }, "\(alarms)")
        await bus.close()
    }
}
