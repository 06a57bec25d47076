import Synchronization
import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsRouting
import TidingsTesting

/// A power cut at any moment leaves an event log in which everything stands once, when the bus has been opened again.
@Suite(.timeLimit(.minutes(10))) struct EventLogPowerCutTests {
    private struct Defect: Error, CustomStringConvertible {
        let description: String
    }

    private static let folder = "/data/bus"

    private static func open(_ system: any FileSystem, _ clock: ManualClock) async throws -> EmbeddedEventBus {
        var options = EmbeddedOptions.small
        options.eventLogFileBytes = 1500
        return try await EmbeddedEventBus.open(
            folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: system)
    }

    private static func event(_ number: Int) -> Envelope { .numbered(number, padding: number * 7919 % 300) }

    /// Publishes to a log, over restarts and over a day's end, and keeps account of what was told to be durable.
    private static func run(on system: any FileSystem, _ promises: borrowing Mutex<Promises>) async throws {
        let clock = ManualClock()
        var number = 0
        for day in 0..<3 {
            let bus = try await open(system, clock)
            try await bus.declareRule(EventRule("all", .all, to: [.log("audit")]))
            for round in 0..<5 {
                let numbers = Array(number..<number + 1 + (day + round) % 4)
                promises.withLock { $0.begun.formUnion(numbers) }
                for published in zip(numbers, try await bus.publish(numbers.map(event))) {
                    promises.withLock { $0.sequences[published.0] = published.1.sequence }
                }
                number += numbers.count
                // Some are written together with others, or at the end.
                if round % 2 == 0 { try await bus.waitForEventLog("audit", clock) }
            }
            if day == 1 { try await bus.checkpoint() }
            await bus.close()
            clock.advance(by: .seconds(43_200))
        }
    }

    /// Opens what survived, lets it write what it has to, and looks at the log.
    private static func check(_ system: SimulatedFileSystem, _ promises: Promises) async throws {
        let clock = ManualClock()
        let bus = try await open(system, clock)
        try await bus.waitForEventLog("audit", clock)
        let isDeclared = try await !bus.rules().isEmpty
        await bus.close()
        let lines = try system.lines(of: "audit", in: folder)
        guard isDeclared || promises.sequences.isEmpty else { throw Defect(description: "the rule is gone") }
        for (index, line) in lines.enumerated() {
            guard line.sequence == UInt64(index) + 1, line.event?.number == index, promises.begun.contains(index) else {
                throw Defect(description: "line \(index) is event \(line.sequence), \(line.event?.number ?? -1)")
            }
        }
        guard lines.count >= promises.sequences.count else {
            throw Defect(description: "\(promises.sequences.count) were promised, and the log has \(lines.count)")
        }
    }

    private static func defects(_ cuts: [PowerCut]) async -> [String] {
        await withTaskGroup { group in
            for half in 0..<2 {
                group.addTask(executorPreference: QueueExecutor("event logs \(half)")) {
                    var defects: [String] = []
                    for (index, cut) in cuts.enumerated() where index % 2 == half {
                        do {
                            try await check(cut.survivor, cut.promises)
                        } catch {
                            defects.append("\(cut.name): \(error)")
                        }
                    }
                    return defects
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func run(
        each step: Int = 1, lyingAbout lie: SimulatedFileSystem.Operation? = nil
    ) async throws -> [PowerCut] {
        let promises = Mutex(Promises())
        let recorder = PowerCutRecorder(each: step) { promises.withLock { $0 } }
        let system = SimulatedFileSystem()
        if let lie { for suffix in [".jsonl", "/audit"] { system.fail(lie, of: suffix, with: .lie) } }
        try await Self.run(on: WatchedFileSystem(system, onChange: recorder.pass), promises)
        return recorder.cuts
    }

    @Test func `no power cut loses a line, doubles one or leaves a torn one`() async throws {
        let cuts = try await run()
        let defects = await Self.defects(cuts)
        print("power cuts of event logs: \(cuts.count) cases, \(defects.count) defects")
        #expect(defects.isEmpty, "\(defects.count) defects, such as:\n\(defects.prefix(20).joined(separator: "\n"))")
        #expect(cuts.count >= 1000)
    }

    @Test func `no power cut while a log is opened does so`() async throws {
        let stops = try await run(each: 5)
        var cuts: [PowerCut] = []
        // One that has lost everything has nothing to write again.
        for (index, stop) in stops.enumerated() where index % 23 == 1 {
            let recorder = PowerCutRecorder(each: 2, prefix: "\(stop.name), then ") { stop.promises }
            let clock = ManualClock()
            let bus = try await Self.open(WatchedFileSystem(stop.survivor, onChange: recorder.pass), clock)
            try await bus.waitForEventLog("audit", clock)
            await bus.close()
            cuts += recorder.cuts
        }
        let defects = await Self.defects(cuts)
        print("power cuts while event logs are opened: \(cuts.count) cases, \(defects.count) defects")
        #expect(defects.isEmpty, "\(defects.count) defects, such as:\n\(defects.prefix(20).joined(separator: "\n"))")
        #expect(cuts.count >= 300)
    }

    @Test(arguments: [SimulatedFileSystem.Operation.synchronize, .synchronizeDirectory])
    func `a disk that lies about the syncs of a log is found out`(lie: SimulatedFileSystem.Operation) async throws {
        let defects = await Self.defects(try await run(each: 3, lyingAbout: lie))
        print("power cuts on a disk that lies about \(lie) of event logs: \(defects.count) defects")
        #expect(!defects.isEmpty)
    }
}
