import Foundation
import Logging
import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsTesting

/// Another process, `engine-torture`, which has queues, an archive and replays under load, is killed fifty times on one
/// folder.
@Suite(.timeLimit(.minutes(5)), .serialized)
struct QueueKillTests {
    private static let kills = 50
    private static let queues = ["orders", "orders-dead-letters", "mail", "mail-dead-letters"]

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func `after each of fifty kills every ledger adds up and is what a walk over the log counts`() async throws {
        var random = SplitMix64(seed: 1)
        var seen: [String: Int] = [:]
        for kill in 1...Self.kills {
            try await load(seed: kill, for: .milliseconds(Int.random(in: 20...250, using: &random)))
            let ledgers = try await reconcile()
            for ledger in ledgers.values { seen.merge(ledger.terms) { max($0, $1) } }
            let (_, begun, acknowledged) = try journal()
            let archived = ledgers["everything"]?.published ?? 0
            #expect((acknowledged...begun).contains(archived), "\(acknowledged) acknowledged, \(archived) archived")
        }
        let terms = ["published", "replayed", "redriven", "movedIn", "acknowledged", "movedOut", "returned", "purged"]
        for term in terms { #expect(seen[term, default: 0] > 20, "\(term) has hardly happened") }
    }

    /// Compares what the bus counts with what the log says. What was out may end while it is looked at, so there are three
    /// tries.
    private func reconcile() async throws -> [String: QueueLedger] {
        for isLast in [false, false, true] {
            let walk = try LedgerWalk(folder.path + "/bus", POSIXFileSystem())
            let bus = try await EmbeddedEventBus.open(
                folder.path + "/bus", options: Self.options, logger: Logger(label: "kills"))
            var ledgers: [String: QueueLedger] = [:]
            for name in Self.queues + ["everything"] { ledgers[name] = try await bus.ledger(of: name) }
            await bus.close()
            let isSame = ledgers.allSatisfy { $1.terms == walk.queue($0)?.counts }
            guard isSame || isLast else { continue }
            for (name, ledger) in ledgers {
                #expect(ledger.isBalanced, "\(name): \(ledger)")
                #expect(ledger.terms == walk.queue(name)?.counts, "\(name)")
            }
            return ledgers
        }
        return [:]
    }

    /// The log keeps all of its records, for the walk.
    private static var options: EmbeddedOptions {
        var options = EmbeddedOptions()
        options.retentionBytes = .max
        options.segmentBytes = 1 << 20
        return options
    }

    /// How many processes were ready, how many events they gave to be published, and how many of these were acknowledged.
    private func journal() throws -> (starts: Int, begun: Int, acknowledged: Int) {
        let text = (try? String(contentsOfFile: folder.path + "/journal", encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n")
        func sum(_ kind: String) -> Int {
            lines.lazy.filter { $0.hasPrefix(kind + " ") }.compactMap { Int($0.dropFirst(2)) }.reduce(0, +)
        }
        #expect(!lines.contains { $0.hasPrefix("F ") }, "the process has failed")
        return (lines.count { $0 == "ready" }, sum("B"), sum("A"))
    }

    /// Runs the process, and kills it some time after it is ready.
    private func load(seed: Int, for time: Duration) async throws {
        let process = Process()
        // Beside the program that runs the tests.
        process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "engine-torture")
        process.arguments = [
            "--queues", "--directory", folder.path + "/bus", "--journal", folder.path + "/journal", "--seed", "\(seed)",
            "--retention-bytes", "\(Int.max)", "--checkpoint-bytes", "200000",
        ]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        while try journal().starts < seed, process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
        try await Task.sleep(for: time)
        #expect(process.isRunning)
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
