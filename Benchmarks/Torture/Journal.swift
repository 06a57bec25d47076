#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What happened in one run of the process, a line for each thing, in the order in which it did.
///
/// A line goes to the kernel by one write(2) before its writer goes on, so a SIGKILL takes none of it away. The order of
/// two lines is that of the things they tell, whoever wrote them. What the lines mean stands in
/// `scripts/torture_test/history.py`, which reads them.
final class Journal: Sendable {
    private let descriptor: Int32

    init(_ path: String) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        if descriptor < 0 { Self.give(up: "the journal \(path) cannot be opened") }
    }

    func note(_ line: String) { Self.write(line + "\n", to: descriptor) }

    /// Writes down what must not happen, and ends the process.
    func fail(_ reason: String) -> Never {
        note("F \(reason)")
        Self.give(up: reason)
    }

    /// Tells whoever started the process.
    static func say(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
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

    private static func give(up reason: String) -> Never {
        write("engine-torture: \(reason)\n", to: STDERR_FILENO)
        exit(1)
    }
}
