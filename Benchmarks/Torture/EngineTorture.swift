import ArgumentParser
import Foundation
import Logging
import Tidings
import TidingsBroker
import TidingsTesting

/// One process of the torture test: opens a bus, says so, and puts it under load until it is killed. All that it was told
/// and all that it saw goes to its journal; `scripts/torture-test` starts and kills it, and judges.
@main
struct EngineTorture: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine-torture",
        abstract: "Puts an embedded bus under load until it is killed; scripts/torture-test does that, and checks.")

    @Option(help: "The folder of the bus.")
    var directory: String
    @Option(help: "The file to which goes what happens.")
    var journal: String
    @Option(help: "What the choices of publishers and consumers follow from.")
    var seed: UInt64 = 1
    @Option(help: "How many events of each publisher were acknowledged, and sent, as 10:12,7:7.")
    var publishers = "0:0"
    @Option(help: "How long a publisher rests between two requests, at most, in microseconds.")
    var rest = 4000
    @Option(help: "The groups that consume, with commas between them.")
    var groups = "fast"
    @Option(help: "Groups whose ledgers are written down after opening.")
    var ledgers = ""
    @Option(help: "Groups whose removal was begun earlier.")
    var unfinishedRemovals = ""
    @Option(help: "Groups that join so many milliseconds after the start, as earliest-1:50.")
    var joins = ""
    @Option(help: "Groups that are removed so many milliseconds after the start, as earliest-1:50.")
    var removals = ""
    @Flag(help: "Publish nothing, consume all there is, and end.")
    var drain = false
    @Flag(help: "Put queues with rules, dead letters, an archive and replays under load instead of groups.")
    var queues = false
    @Option(help: "The size of a file of the log.")
    var segmentBytes = 1 << 20
    @Option(help: "After how many bytes of log a checkpoint is written.")
    var checkpointBytes = 1 << 20
    @Option(help: "How large the log may be before events go that nobody needs.")
    var retentionBytes = 8 << 20
    @Option(help: "How long the backlogs of slow groups are, in percent of the usual.")
    var backlogPercent = 100
    @Option(help: "How many events of a group are held ready.")
    var windowEvents = 2048
    @Option(help: "After how many seconds the process ends, so that it does not outlive the script for long.")
    var lifetime = 120
    @Flag(help: "Wait and try again while the disk is full; say so where the bus does not open for that.")
    var patient = false
    @Option(help: "While there is a file of this name, nobody publishes.")
    var hold = ""

    func run() async throws {
        let journal = Journal(journal)
        do {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await torture(journal) }
                tasks.addTask {
                    try await Task.sleep(for: .seconds(lifetime))
                    journal.fail("nobody killed this process in \(lifetime) s")
                }
                try await tasks.next()
                tasks.cancelAll()
            }
        } catch {
            journal.fail("\(error)")
        }
    }

    private func torture(_ journal: Journal) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        guard let bus = try await open(journal) else { return Journal.say("full 0") }
        let microseconds = Int((clock.now - start) / .microseconds(1))
        if queues {
            try await QueueLoad(bus: bus, journal: journal, seed: seed).run()
            return
        }
        let patience = Patience(journal: journal, isGiven: patient, hold: hold)
        let run = Run(bus: bus, journal: journal, seed: seed, backlogPercent: backlogPercent, patience: patience)
        try await run.noteLedgers(of: names(ledgers))
        for name in names(unfinishedRemovals) { try await run.remove(name) }
        let groups = names(groups).map { Group(name: $0, backlogPercent: backlogPercent) }
        if drain {
            try await run.drain(groups)
            try await run.noteLedgers(of: names(self.groups))
            await bus.close()
            journal.note("Z")
            Journal.say("drained \(microseconds)")
        } else {
            try await run.load(
                publishers: try publishers(bus, patience), groups: groups, joins: try changes(joins),
                removals: try changes(removals)
            ) { Journal.say("ready \(microseconds)") }
        }
    }

    /// - Returns: nil where the disk is full and a later attempt may help.
    private func open(_ journal: Journal) async throws -> EmbeddedEventBus? {
        do {
            return try await EmbeddedEventBus.open(directory, options: options, logger: Logger(label: "engine"))
        } catch let error as TidingsError where patient && error.code == .unavailable {
            journal.note("O \(error.message)")
            return nil
        }
    }

    private var options: EmbeddedOptions {
        var options = EmbeddedOptions()
        options.segmentBytes = segmentBytes
        options.checkpointBytes = checkpointBytes
        options.retentionBytes = retentionBytes
        options.cacheBytes = 1 << 20
        options.windowEvents = windowEvents
        return options
    }

    private func publishers(_ bus: EmbeddedEventBus, _ patience: Patience) throws -> [Publisher] {
        try pairs(publishers).enumerated().map { number, counts in
            guard let acknowledged = Int(counts.0) else { throw ValidationError("\(counts.0) is no number") }
            return Publisher(
                bus: bus, journal: patience.journal, number: number, acknowledged: acknowledged, sent: counts.1,
                rest: .microseconds(rest), patience: patience, random: SplitMix64(seed: seed &* 1000 &+ UInt64(number)))
        }
    }

    private func changes(_ text: String) throws -> [Run.Change] {
        try pairs(text).map { Run.Change(group: $0.0, delay: .milliseconds($0.1)) }
    }

    private func names(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }

    private func pairs(_ text: String) throws -> [(String, Int)] {
        try names(text).map { pair in
            let parts = pair.split(separator: ":")
            guard parts.count == 2, let number = Int(parts[1]) else { throw ValidationError("\(pair) is no pair") }
            return (String(parts[0]), number)
        }
    }
}
