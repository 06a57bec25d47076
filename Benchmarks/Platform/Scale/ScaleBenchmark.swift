import Foundation

/// What a long log costs: publishing at its beginning and its end, memory with a backlog, and starting again after a
/// process that was killed just before its next checkpoint.
///
/// The work is done by processes of its own, so that one can be killed and memory is counted from nothing.
struct ScaleBenchmark: Benchmark {
    static let name = "scale"

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) async throws {
        try rounds.folder.withPath { path in
            try fill(path, report)
            let isCold = dropCaches()
            let opened = try drain(path, report, isWhole: false)
            report(
                BenchmarkResult(
                    name: "scale: start after kill -9, \(millions)", median: .time(opened), goal: .time(.seconds(5)),
                    note: isCold ? "with the page cache dropped" : "the page cache could not be dropped"))
            // Without checkpoints every record is read.
            for file in try FileManager.default.contentsOfDirectory(atPath: path) where file.hasSuffix(".checkpoint") {
                try FileManager.default.removeItem(atPath: "\(path)/\(file)")
            }
            _ = dropCaches()
            let whole = try drain(path, report, isWhole: true)
            report(BenchmarkResult(name: "scale: start without checkpoints", median: .time(whole)))
        }
    }

    private var millions: String { "\(rounds.events / 1_000_000) million events" }

    /// Fills a log, in a process that is killed in the end.
    private func fill(_ path: String, _ report: (BenchmarkResult) -> Void) throws {
        let worker = try Worker(["fill", "--directory", path, "--events", "\(rounds.events)"])
        var first: Double?
        while let line = worker.nextLine() {
            switch line.first {
            case "rate":
                // Beside the raw limit of the same moment, as the disk changes its mind within minutes.
                let cost = line.number(3) / line.number(2)
                first = first ?? cost
                var result = BenchmarkResult(
                    name: "scale: publish behind \(line[1]) events", median: .rate(line.number(2)),
                    limit: .rate(line.number(3)))
                result.note = "\((cost / (first ?? cost)).times) the cost with an empty log; the goal is 1.1×"
                report(result)
            case "resident":
                report(
                    BenchmarkResult(
                        name: "scale: memory with a backlog of \(millions)", median: .megabytes(line.number(1)),
                        goal: .megabytes(150)))
            case "kill": worker.kill()
            default: break
            }
        }
    }

    /// Opens the log and, unless it is opened whole, acknowledges everything in random order.
    /// - Returns: how long opening took.
    private func drain(_ path: String, _ report: (BenchmarkResult) -> Void, isWhole: Bool) throws -> Duration {
        let worker = try Worker(["drain", "--directory", path] + (isWhole ? ["--only-open"] : []))
        var opened = Duration.zero
        var memory = 0.0
        while let line = worker.nextLine() {
            switch line.first {
            case "opened":
                opened = .seconds(line.number(1))
                memory = line.number(2)
            case "drained":
                var result = BenchmarkResult(
                    name: "scale: acknowledged in random order", median: .rate(line.number(1)))
                result.note =
                    "\(Int(memory)) MB after the start, \(line[2]) MB with 90,000 out, \(line[3]) MB at most while they "
                    + "were acknowledged; the goal is 20 MB more at most"
                report(result)
            default: break
            }
        }
        return opened
    }

    /// Lets the next reads come from the disk; `false` where this process may not ask for that.
    private func dropCaches() -> Bool {
        sync()
        return (try? Data("1".utf8).write(to: URL(fileURLWithPath: "/proc/sys/vm/drop_caches"))) != nil
    }
}

/// Another process of this program, line by line.
private final class Worker {
    private let process = Process()
    private let output = Pipe()
    private var buffer = Data()

    init(_ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
        // So that the output ends when the other process does.
        try? output.fileHandleForWriting.close()
    }

    /// The words of the next line; nil at the end.
    func nextLine() -> [String]? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: buffer[buffer.startIndex..<end], as: UTF8.self)
                buffer.removeSubrange(buffer.startIndex...end)
                return line.split(separator: " ").map(String.init)
            }
            let more = output.fileHandleForReading.availableData
            if more.isEmpty {
                process.waitUntilExit()
                return nil
            }
            buffer.append(more)
        }
    }

    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }
}

extension [String] {
    fileprivate func number(_ index: Int) -> Double { index < count ? Double(self[index]) ?? 0 : 0 }
}
