import TidingsRouting

#if canImport(Glibc)
import Glibc
#endif

/// What it takes to add many rules.
enum Adding {
    static func measure(count: Int, runs: Int) throws {
        // Made before, since reading patterns is another thing than adding them.
        let texts = (0..<count).map { number in
            "{\"type\":[\"order.created.v\(number)\"],\"data\":{\"customer\":[\"customer-\(number)\"]}}"
        }
        let single = (0..<count).map { RuleFamily.exact.pattern($0) }
        print("")
        try measure("one field", single, runs)
        try measure("two fields", texts, runs)
    }

    private static func measure(_ name: String, _ texts: [String], _ runs: Int) throws {
        let before = residentBytes()
        var compiling: [Double] = []
        var reading = 0.0
        var byteCount = 0
        var grown = 0
        for run in 0..<runs {
            var patterns: [EventPattern] = []
            reading = try seconds { patterns = try texts.map { try EventPattern(json: $0) } }
            var router = PatternRouter<Int>()
            compiling.append(seconds { for (id, pattern) in patterns.enumerated() { router.insert(pattern, for: id) } })
            patterns = []
            byteCount = router.byteCount
            if run == 0 { grown = residentBytes() - before }
        }
        print(
            "adding \(texts.count) rules of \(name): \(rounded(median(compiling))) s, and \(rounded(reading)) s to read them; "
                + "compiled \(byteCount / 1_000_000) MB; resident memory grew by \(grown / 1_000_000) MB with the patterns"
        )
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
