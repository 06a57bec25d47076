import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What is outside of all services and outlives their processes: files to which lines are appended.
///
/// A line goes to the kernel by one write(2) before its writer goes on, so a SIGKILL takes none of it away.
final class World: Sendable {
    let folder: String
    /// All that happened, in its order; `scripts/runtime_torture/world.py` reads it.
    private let journal: Int32
    /// The attempts alone, which every process counts from the first.
    private let attempts: Int32
    private let state: Mutex<(attempts: [String: Int], calls: Int)>

    init(in folder: String) {
        self.folder = folder
        let path = "\(folder)/attempts"
        var counts: [String: Int] = [:]
        for line in ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n") {
            counts[String(line), default: 0] += 1
        }
        journal = Self.open("\(folder)/world")
        attempts = Self.open(path)
        state = Mutex((counts, 0))
    }

    /// Writes down that something happened.
    func note(_ line: String) { Self.write(line, to: journal) }

    /// Writes down that something is tried.
    /// - Returns: how often it was, in all processes, this time included.
    func attempt(_ what: String, _ trouble: String) -> Int {
        let count = state.withLock { state in
            state.attempts["\(what) \(trouble)", default: 0] += 1
            return state.attempts["\(what) \(trouble)"] ?? 1
        }
        Self.write("\(what) \(trouble)", to: attempts)
        note("A \(what) \(trouble) \(count)")
        return count
    }

    /// A call to the outside.
    /// - Returns: what the outside answers, which is another text each time.
    func call(_ key: String, number: Int) -> String {
        let count = state.withLock { state in
            state.calls += 1
            return state.calls
        }
        let answer = "\(getpid())-\(count)"
        note("S \(number) \(answer) \(key)")
        return answer
    }

    private static func open(_ path: String) -> Int32 {
        #if canImport(Glibc)
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        #elseif canImport(Musl)
        let descriptor = Musl.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        #else
        let descriptor = Darwin.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        #endif
        if descriptor < 0 { exit(3) }
        return descriptor
    }

    private static func write(_ line: String, to descriptor: Int32) {
        var text = line + "\n"
        let isWhole = text.withUTF8 { bytes in
            #if canImport(Glibc)
            Glibc.write(descriptor, bytes.baseAddress, bytes.count) == bytes.count
            #elseif canImport(Musl)
            Musl.write(descriptor, bytes.baseAddress, bytes.count) == bytes.count
            #else
            Darwin.write(descriptor, bytes.baseAddress, bytes.count) == bytes.count
            #endif
        }
        if !isWhole { exit(3) }
    }
}
