import Tidings
import TidingsLog

extension DuplicateWindow {
    /// Reads the identities of the last minutes from a log.
    /// - Parameter start: The record to begin with; nil for the first.
    init(of log: Log, from start: RecordPosition?, next: UInt64, at now: Timestamp) throws {
        var window: DuplicateWindow?
        try log.forEachEvent(from: start ?? RecordPosition(segment: 1, offset: 0)) { entry, record, _ in
            // Compaction leaves gaps; what is before one is too old to matter.
            if window?.next != entry.sequence { window = DuplicateWindow(next: entry.sequence) }
            window?.append(EventIdentity(envelope: record.extracting(entry.envelope)), at: entry.time)
            window?.expire(at: entry.time)
            return true
        }
        if let window, window.next == next { self = window } else { self = DuplicateWindow(next: next) }
        expire(at: now)
    }
}
