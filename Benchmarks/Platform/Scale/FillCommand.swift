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
        var published = 0
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
            rates.append(try await PublishBenchmark.rate(on: bus, publishers: 64, batch: 16, for: .milliseconds(350)))
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
                    var maker = EventMaker(seed: publisher)
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

/// Opens a log and acknowledges everything in it in random order.
struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "drain", shouldDisplay: false)

    @Option var directory: String
    @Flag var onlyOpen = false

    func run() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let bus = try await EmbeddedEventBus.open(directory, options: .scale, logger: Logger(label: "benchmarks"))
        print("opened \((clock.now - start) / .seconds(1))")
        if !onlyOpen { try await drain(bus) }
        await bus.close()
    }

    /// Keeps 90,000 events out and acknowledges any of them, until none is left.
    private func drain(_ bus: EmbeddedEventBus) async throws {
        let clock = ContinuousClock()
        let consumer = try await bus.subscribe(.benchmark)
        let before = ResidentMemory.now
        let start = clock.now
        var out: [Receipt] = []
        var done = 0
        var waiting = try await consumer.depth().pending
        let all = waiting
        while waiting > 0 || !out.isEmpty {
            while waiting > 0, out.count < 90_000 {
                let deliveries = try await consumer.next(atMost: min(1000, waiting))
                out += deliveries.map(\.receipt)
                waiting -= deliveries.count
            }
            out.shuffle()
            let some = out.suffix(10_000)
            out.removeLast(some.count)
            try await consumer.settle(some.map(Settlement.acknowledge))
            done += some.count
        }
        let rate = Double(all) / ((clock.now - start) / .seconds(1))
        print("drained \(Int(rate)) \(before.current) \(ResidentMemory.now.peak)")
    }
}

extension EmbeddedOptions {
    /// Everything is kept.
    static var scale: EmbeddedOptions {
        var options = EmbeddedOptions()
        options.retentionBytes = .max
        return options
    }
}

/// What this process takes of the machine's memory, in megabytes; nothing where the system does not say.
struct ResidentMemory {
    let current: Int
    let peak: Int

    static var now: ResidentMemory {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        func number(_ name: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
            return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 / 1024 } ?? 0
        }
        return ResidentMemory(current: number("VmRSS"), peak: number("VmHWM"))
    }
}
