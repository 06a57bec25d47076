import Tidings
import TidingsLog

extension DuplicateWindow {
    /// Reads the identities of the last minutes from a log.
    /// - Parameter start: The record to begin with; nil for the first.
    ///
    /// Events are as old as their records say. A time that is ahead of the clock says nothing, and one that was set back
    /// makes nothing older: the time before it counts.
    init(
        of log: Log, from start: RecordPosition?, next: UInt64, at now: Timestamp, _ key: EventIdentity.Key
    ) throws {
        var window: DuplicateWindow?
        var time = Timestamp(microseconds: 0)
        try log.forEachEvent(from: start ?? RecordPosition(segment: 1, offset: 0)) { entry, record, _ in
            // Compaction leaves gaps; what is before one is too old to matter.
            if window?.next != entry.sequence { window = DuplicateWindow(next: entry.sequence) }
            if entry.time.isBelievable(at: now) { time = max(time, entry.time) }
            window?.append(EventIdentity(envelope: record.extracting(entry.envelope), key), at: time)
            window?.expire(at: time)
            return true
        }
        if let window, window.next == next { self = window } else { self = DuplicateWindow(next: next) }
        expire(at: now)
    }
}
