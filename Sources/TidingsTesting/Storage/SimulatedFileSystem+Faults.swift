import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension SimulatedFileSystem {
    /// How many bytes allocated pages may take in all; beyond it, what takes more throws `ENOSPC`. May change any time.
    package var capacity: Int {
        get { machine.disk.withLock { $0.capacity } }
        set { machine.disk.withLock { $0.capacity = newValue } }
    }

    /// How many bytes allocated pages take in all, with those of removed files that are still open.
    package var usedBytes: Int { machine.disk.withLock { $0.usedPages } * FileContent.pageBytes }

    /// Lets calls of a kind fail.
    ///
    /// - Parameters:
    ///   - operation: The kind of call.
    ///   - suffix: How the path ends; all paths do with nothing. Of a rename, it is the old path.
    ///   - skipped: How many such calls go well first.
    ///   - times: How many then fail; for ever unless said otherwise.
    ///   - failure: How they fail.
    package func fail(
        _ operation: Operation, of suffix: String = "", after skipped: Int = 0, times: Int = .max,
        with failure: Failure
    ) {
        let fault = FaultPlan.Fault(
            operation: operation, suffix: suffix, skipped: skipped, remaining: times, failure: failure)
        machine.disk.withLock { $0.faults.add(fault) }
    }

    /// Lets each call fail once with each of these errors before it works; syncs with those alone that leave what they were
    /// to make durable as it was.
    package func stutter(with errors: [Int32]) { machine.disk.withLock { $0.faults.stutter = errors } }

    /// Whether a sync that fails with this `errno` has not begun: it was interrupted, or the file could not be opened.
    static func leavesSyncsAlone(_ number: Int32) -> Bool { [EMFILE, ENFILE, EINTR, EAGAIN].contains(number) }

    /// Takes back all faults that were not met yet.
    package func clearFaults() { machine.disk.withLock { $0.faults.removeAll() } }
}
