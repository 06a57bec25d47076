import ArgumentParser
import Foundation
import TidingsRouting

#if canImport(Glibc)
import Glibc
#endif

/// What it takes to add many rules of one form. Each is measured in a process of its own, since memory that was given
/// back before would hide what a router takes.
enum Adding: String, CaseIterable, ExpressibleByArgument {
    case oneField = "one field"
    case twoFields = "two fields"

    private func pattern(_ number: Int) -> String {
        switch self {
        case .oneField: RuleFamily.exact.pattern(number)
        case .twoFields: "{\"type\":[\"order.created.v\(number)\"],\"data\":{\"customer\":[\"customer-\(number)\"]}}"
        }
    }

    /// Runs this program again for the one measurement.
    ///
    /// - Returns: Whether it ended well.
    func measureInProcess(runs: Int) throws -> Bool {
        let process = Process()
        process.executableURL = Bundle.main.executableURL
        process.arguments = ["--adding", rawValue, "--runs", "\(runs)"]
        // What was printed so far comes before what that prints.
        fflush(nil)
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    func measure(count: Int, runs: Int) throws {
        let before = Self.residentBytes()
        var router = PatternRouter<Int>()
        // One pattern after another, so that only what is kept of it stays.
        for id in 0..<count { router.insert(try EventPattern(json: pattern(id)), for: id) }
        let grown = Self.residentBytes() - before
        var patterns: [EventPattern] = []
        let reading = try seconds { patterns = try (0..<count).map { try EventPattern(json: pattern($0)) } }
        var adding: [Double] = []
        for _ in 0..<runs {
            var router = PatternRouter<Int>()
            adding.append(seconds { for (id, pattern) in patterns.enumerated() { router.insert(pattern, for: id) } })
        }
        print(
            "adding \(count) rules of \(rawValue): \(rounded(median(adding))) s, and \(rounded(reading)) s to read them; "
                + "byteCount \(router.byteCount / 1_000_000) MB; resident memory grew by \(grown / 1_000_000) MB")
    }

    /// How much memory the process has, or 0 where that is not known.
    private static func residentBytes() -> Int {
        #if os(Linux)
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 0 }
        let text = String(decoding: line.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
        #else
        return 0
        #endif
    }
}
