package import Tidings

/// The name of a file of an event log: `2026-01-31-00000000000000000017.jsonl`.
package struct EventLogFileName: Hashable, Sendable {
    private static let suffix = ".jsonl"

    /// The day of its events, counted from 1970-01-01.
    let day: Int64
    /// The sequence of its first event.
    let first: UInt64

    package init(day: Int64, first: UInt64) {
        self.day = day
        self.first = first
    }

    /// Reads a name; nil if it is not that of a file of an event log.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[3].hasSuffix(Self.suffix),
            let midnight = Timestamp("\(parts[0])-\(parts[1])-\(parts[2])T00:00:00Z"),
            let first = UInt64(parts[3].dropLast(Self.suffix.count))
        else { return nil }
        self.init(day: Self.day(of: midnight), first: first)
        guard self.text == text else { return nil }
    }

    package var text: String {
        let date = Timestamp(seconds: day * 86_400).description.prefix(10)
        let digits = String(first)
        return "\(date)-\(String(repeating: "0", count: 20 - digits.count))\(digits)\(Self.suffix)"
    }

    /// The day (UTC) of a moment.
    static func day(of time: Timestamp) -> Int64 {
        let (quotient, remainder) = time.microseconds.quotientAndRemainder(dividingBy: 86_400_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension [EventLogFileName] {
    /// The files of a log whose events are all too old, given all of its files in the order of their sequences.
    ///
    /// A day ahead of the clock, or before that of an earlier file, was written while the clock was wrong: then those of
    /// the file that follows count, which are younger.
    package func expired(after retention: Duration, at now: Timestamp) -> ArraySlice<EventLogFileName> {
        let today = EventLogFileName.day(of: now)
        var latest = Int64.min
        let days = map { file -> Int64? in
            guard file.day <= today, file.day >= latest else { return nil }
            latest = file.day
            return file.day
        }
        var following = today
        var count = 0
        for (index, day) in days.enumerated().reversed() {
            following = day ?? following
            let end = Timestamp(seconds: (following + 1) * 86_400)
            if end <= now, now - end >= retention {
                count = index + 1
                break
            }
        }
        return prefix(count)
    }
}
