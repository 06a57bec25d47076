import Foundation

/// What this process takes of the machine's memory, in megabytes; 0 where the system does not say.
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

    /// Lets the peak be that of what comes, where the system can.
    static func forgetPeak() {
        // proc(5): 5 resets the high-water mark of the resident set.
        try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
    }
}
