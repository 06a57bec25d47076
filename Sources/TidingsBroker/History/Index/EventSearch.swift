import Tidings
import TidingsLog

/// A look-up in all segments. It stops at a segment that needs an index, and continues when that was built; a segment
/// whose index still cannot be used is read as a whole.
package struct EventSearch: Sendable {
    private let index: EventIndex
    private let query: EventQuery
    private let maximum: Int
    /// Whether the last events are looked for rather than the first.
    private let isReversed: Bool
    /// The segments that are still to be searched, the next one last; nil before the first run.
    private var segments: [LogSegment]?
    private var indexesAsked: Set<UInt64> = []
    /// What was found.
    package private(set) var events: [RecordedEvent] = []

    package init(_ query: EventQuery, in index: EventIndex, atMost maximum: Int, newestFirst isReversed: Bool) {
        self.query = query
        self.index = index
        self.maximum = maximum
        self.isReversed = isReversed
    }

    /// A segment whose index cannot be used, and why; no reason if it has none.
    package struct Obstacle: Sendable {
        package let segment: UInt64
        package let reason: String?
    }

    /// Continues the search. Blocks on the disk.
    /// - Returns: The segment at which it stopped because it needs an index; nil at the end.
    package mutating func run() throws -> Obstacle? {
        var remaining = segments ?? (isReversed ? index.log.segments : index.log.segments.reversed())
        defer { segments = remaining }
        while let segment = remaining.last, events.count < maximum {
            // An index that was asked for and still cannot be used is not asked for again.
            if segment.isSealed, !indexesAsked.contains(segment.number) {
                let (found, obstacle) = try lookUp(in: segment)
                guard let found else {
                    indexesAsked.insert(segment.number)
                    return obstacle
                }
                events += found
            } else {
                events += try retry(segment)
            }
            remaining.removeLast()
        }
        return nil
    }

    /// Searches a segment whose index was asked for, or that has none.
    ///
    /// If the new index cannot be used either, the segment itself may be damaged, and reading it says so.
    private func retry(_ segment: LogSegment) throws -> [RecordedEvent] {
        if segment.isSealed, let found = try lookUp(in: segment).found { return found }
        return try scan(segment.number)
    }

    /// Searches the index of a segment, or says why it cannot be used.
    private func lookUp(in segment: LogSegment) throws -> (found: [RecordedEvent]?, obstacle: Obstacle?) {
        do {
            let found = try indexed(segment)
            return (found, found == nil ? Obstacle(segment: segment.number, reason: nil) : nil)
        } catch {
            if let error = error as? LogError, error.code == .closed { throw error }
            return (nil, Obstacle(segment: segment.number, reason: "\(error)"))
        }
    }

    /// Searches the index of a segment; nil if it has none.
    private func indexed(_ segment: LogSegment) throws -> [RecordedEvent]? {
        guard var table = try index.open(segment)?.table(for: query.key) else { return nil }
        var found: [RecordedEvent] = []
        var reader = RecordReader(index.log)
        let entries = try table.entries(of: index.hash(query.text.span.bytes))
        for offset in 0..<entries.count where events.count + found.count < maximum {
            let place = isReversed ? entries.upperBound - 1 - offset : entries.lowerBound + offset
            let entry = try table.entry(at: place)
            if let event = try event(at: entry, of: segment.number, &reader) { found.append(event) }
        }
        return found
    }

    /// The event of an entry; nil if it is another one of the same hash, or was dropped since.
    private func event(
        at entry: IndexEntry, of segment: UInt64, _ reader: inout RecordReader
    ) throws -> RecordedEvent? {
        do {
            let record = try reader.record(at: RecordPosition(segment: segment, offset: entry.offset))
            guard entry.number < record.entries.count else { return nil }
            return try query.event(record.entries[Int(entry.number)], in: record.bytes.span.bytes)
        } catch let error as LogError where error.code == .notFound {
            return nil
        }
    }

    /// Reads a segment from end to end.
    private func scan(_ segment: UInt64) throws -> [RecordedEvent] {
        let wanted = maximum - events.count
        var found: [RecordedEvent] = []
        try index.log.forEachEvent(ofSegment: segment) { entry, record, _ in
            guard let event = try query.event(entry, in: record) else { return true }
            if isReversed, found.count == wanted { found.removeFirst() }
            found.append(event)
            return isReversed || found.count < wanted
        }
        return isReversed ? found.reversed() : found
    }
}
