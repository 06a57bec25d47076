import Tidings
import TidingsLog

/// A look-up on its way through the segments. It stops at a segment that needs an index, and goes on when there is one;
/// a segment whose index still does not serve is read as a whole.
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

    /// A segment without an index that serves, and why, unless there is just none.
    package struct Obstacle: Sendable {
        package let segment: UInt64
        package let reason: String?
    }

    /// Searches on. Blocks on the disk.
    /// - Returns: the segment at which it stopped for want of an index; nil at the end.
    package mutating func run() throws -> Obstacle? {
        var remaining = segments ?? (isReversed ? index.log.segments : index.log.segments.reversed())
        defer { segments = remaining }
        while let segment = remaining.last, events.count < maximum {
            // Asked for once, an index that still does not serve is done without.
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

    /// Looks into a segment whose index was asked for, or that has none.
    ///
    /// Where the new index serves no better, what is wrong with the segment itself shows.
    private func retry(_ segment: LogSegment) throws -> [RecordedEvent] {
        if segment.isSealed, let found = try lookUp(in: segment).found { return found }
        return try scan(segment.number)
    }

    /// Looks into the index of a segment, or says what is in the way.
    private func lookUp(in segment: LogSegment) throws -> (found: [RecordedEvent]?, obstacle: Obstacle?) {
        do {
            let found = try indexed(segment)
            return (found, found == nil ? Obstacle(segment: segment.number, reason: nil) : nil)
        } catch {
            if let error = error as? LogError, error.code == .closed { throw error }
            return (nil, Obstacle(segment: segment.number, reason: "\(error)"))
        }
    }

    /// Looks into the index of a segment; nil where it has none.
    private func indexed(_ segment: LogSegment) throws -> [RecordedEvent]? {
        guard var table = try index.open(segment)?.table(for: query.key) else { return nil }
        var found: [RecordedEvent] = []
        var records = IndexedRecords(segment: segment.number, log: index.log)
        let entries = try table.entries(of: index.hash(query.text.span.bytes))
        for offset in 0..<entries.count where events.count + found.count < maximum {
            let place = isReversed ? entries.upperBound - 1 - offset : entries.lowerBound + offset
            if let event = try records.event(at: table.entry(at: place), query) { found.append(event) }
        }
        return found
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

/// Reads the events that an index names, and a record that holds several of them only once.
private struct IndexedRecords {
    private let segment: UInt64
    private let log: Log
    private var last: (offset: UInt32, bytes: [UInt8]?)?

    init(segment: UInt64, log: Log) {
        self.segment = segment
        self.log = log
    }

    /// The event of an entry; nil where it is another of the same hash, or was dropped since.
    mutating func event(at entry: IndexEntry, _ query: EventQuery) throws -> RecordedEvent? {
        guard let record = try record(at: entry.offset) else { return nil }
        var found: RecordedEvent?
        var number: UInt32 = 0
        try PublishLayout.forEachEvent(in: record.span.bytes) { event in
            defer { number += 1 }
            guard number == entry.number else { return true }
            found = try query.event(event, in: record.span.bytes)
            return false
        }
        return found
    }

    private mutating func record(at offset: UInt32) throws -> [UInt8]? {
        if let last, last.offset == offset { return last.bytes }
        let bytes = try read(at: offset)
        last = (offset, bytes)
        return bytes
    }

    private func read(at offset: UInt32) throws(LogError) -> [UInt8]? {
        do {
            return try log.read(at: LogPosition(segment: segment, offset: offset))
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }
}
