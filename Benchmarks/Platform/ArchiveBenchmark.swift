import Foundation
import Logging
import Tidings
import TidingsBroker
import TidingsLog
import TidingsRouting

/// What is kept of a log of which one event in a hundred is needed: how much of the disk it takes, and how it is read.
struct ArchiveBenchmark: Benchmark {
    static let name = "archive"

    private static let segments = 4

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) async throws {
        report(try await disk())
        report(try await reads())
    }

    // MARK: Disk

    /// Batches of 16 events, some with one that a group needs, until a few files are full; then what the bus leaves of them.
    private func disk() async throws -> BenchmarkResult {
        var options = EmbeddedOptions()
        options.retentionBytes = 1
        let share = try await rounds.folder.withPath { path in
            let bus = try await EmbeddedEventBus.open(path, options: options, logger: Logger(label: "benchmarks"))
            let archive = Subscription(group: "archive", pattern: EventPattern(types: "benchmark.archived.v1"))
            await (try await bus.subscribe(archive)).close()
            var events = EventMaker(seed: 1)
            var count = 0
            while try Self.files(in: path).count < Self.segments + 2 {
                try await withThrowingDiscardingTaskGroup { group in
                    for _ in 0..<64 {
                        var batch = events.next(16)
                        for index in batch.indices {
                            count += 1
                            if count % 100 == 0 { batch[index].type = "benchmark.archived.v1" }
                        }
                        group.addTask { [batch] in _ = try await bus.publish(batch) }
                    }
                }
            }
            for _ in 0..<3 { await bus.runMaintenance() }
            await bus.close()
            let compacted = try Self.files(in: path).prefix(Self.segments).map(Self.allocatedBytes)
            return Double(compacted.reduce(0, +)) / Double(Self.segments * options.segmentBytes)
        }
        return BenchmarkResult(
            name: "archive: disk for one event in a hundred", median: .percent(100 * share), goal: .percent(1.5))
    }

    private static func files(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".log") }.sorted().map {
            "\(folder)/\($0)"
        }
    }

    private static func allocatedBytes(_ path: String) throws -> Int {
        try POSIXFileSystem().open(path, .read).allocatedSize()
    }

    // MARK: Reads

    private static let record = [UInt8](repeating: 7, count: 600)
    private static let readCount = 20_000

    /// Reads records of one size by chance, in files of which one in a hundred was kept and in others, in turns.
    private func reads() async throws -> BenchmarkResult {
        try await rounds.folder.withPath { path in
            let log = try Log.open(directory: path) { _, _ in }
            log.start { _ in }
            defer { log.close() }
            var positions: [LogPosition] = []
            while log.end.segment <= 2 * Self.segments {
                for _ in 0..<10_000 {
                    positions.append(try log.append(Self.record.span.bytes, urgency: .lazy).position)
                }
                while log.progress.written < UInt64(positions.count) { try await Task.sleep(for: .milliseconds(1)) }
            }
            for number in 1...UInt64(Self.segments) {
                try log.compact(number) { position, _ in position.offset / 8 % 100 == 0 }
            }
            let kept = positions.filter { $0.segment <= Self.segments && $0.offset / 8 % 100 == 0 }
            let others = positions.filter { $0.segment > Self.segments && $0.segment <= 2 * Self.segments }
            var times: (kept: [Duration], others: [Duration]) = ([], [])
            for _ in 0..<Rounds.count {
                times.others.append(try Self.time(of: others, in: log))
                times.kept.append(try Self.time(of: kept, in: log))
            }
            var result = BenchmarkResult(
                name: "archive: random read, beside the log's", median: .time(times.kept.median),
                limit: .time(times.others.median))
            result.note = "the goal for the ratio is at most 1.2×; a thousand reads each"
            return result
        }
    }

    /// How long a thousand reads take.
    private static func time(of positions: [LogPosition], in log: Log) throws -> Duration {
        let places = (0..<readCount).compactMap { _ in positions.randomElement() }
        let clock = ContinuousClock()
        let start = clock.now
        for place in places { _ = try log.read(at: place) }
        return (clock.now - start) / (readCount / 1000)
    }
}
