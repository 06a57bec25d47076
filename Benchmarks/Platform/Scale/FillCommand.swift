import ArgumentParser
import Foundation
import Logging
import Tidings
import TidingsBroker

/// Fills a log with events that nobody consumes, and goes on publishing until it is killed.
struct FillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fill", shouldDisplay: false)

    @Option var directory: String
    @Option var events: Int

    func run() async throws {
        let bus = try await EmbeddedEventBus.open(directory, options: .scale, logger: Logger(label: "benchmarks"))
        await (try await bus.subscribe(.benchmark)).close()
        let steps = [0, 10_000_000, 50_000_000].filter { $0 < events } + [events]
        // What comes first in a process is slower, whatever the log holds.
        var published = try await publish(200_000, to: bus)
        for step in steps {
            published += try await publish(step - published, to: bus)
            published += try await measure(bus, behind: published)
        }
        say("resident \(ResidentMemory.now.peak)")
        try await publishUntilKilled(bus)
    }

    /// Publishes for a few seconds beside the raw limit, and says both.
    private func measure(_ bus: EmbeddedEventBus, behind published: Int) async throws -> Int {
        let folder = try BenchmarkFolder(directory + "-raw")
        defer { folder.remove() }
        var rates: [Double] = []
        var limits: [Double] = []
        var count = 0.0
        for _ in 0..<Rounds.count {
            limits.append(try RawWriter.run(groupsOf: 1024, for: .milliseconds(150), in: folder).recordsPerSecond)
            rates.append(
                try await PublishBenchmark.rate(
                    on: bus, publishers: 64, batch: 16, hasSubjects: false, for: .milliseconds(350)))
            count += rates[rates.count - 1] * 0.35
        }
        say("rate \(published) \(rates.median) \(limits.median)")
        return Int(count)
    }

    private func publish(_ count: Int, to bus: EmbeddedEventBus) async throws -> Int {
        let batches = max(0, count) / 1000
        try await withThrowingTaskGroup { group in
            for publisher in 0..<8 {
                group.addTask {
                    var maker = EventMaker(seed: publisher, hasSubjects: false)
                    for _ in stride(from: publisher, to: batches, by: 8) { try await bus.publish(maker.next(1000)) }
                }
            }
            try await group.waitForAll()
        }
        return batches * 1000
    }

    /// Says when the log has grown by nearly as much as lies between two checkpoints.
    private func publishUntilKilled(_ bus: EmbeddedEventBus) async throws {
        try await bus.checkpoint()
        // An event takes about 700 bytes of log.
        let count = EmbeddedOptions.scale.checkpointBytes / 700 * 9 / 10
        _ = try await publish(count, to: bus)
        say("kill")
        while true { _ = try await publish(8000, to: bus) }
    }

    private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}

extension EmbeddedOptions {
    /// Everything is kept.
    static var scale: EmbeddedOptions {
        var options = EmbeddedOptions()
        options.retentionBytes = .max
        return options
    }
}
