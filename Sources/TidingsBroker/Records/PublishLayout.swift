import Tidings

/// The layout of a publish record:
///
///     0   kind            1
///     1   time            8
///     9   first sequence  8
///     17  count           4   of events
///     21  routes          4   how many; for each, in order:
///             events      4   how many in a row take it
///             groups      2   how many, and then the number of each, 4 bytes; 65,535 for a set of groups that was
///                             logged before, and then its number, 4 bytes
///     then for each event
///             key         8
///             length      4
///             envelope
///
/// The events do not depend on the routes or on the sequences: they are encoded before any lock is taken.
///
/// A record of which some events wait is of another kind, and has behind the routes
///
///         waiting         4   how many; for each, in order:
///             number      4   its place among the events
///             until       8
///
/// What compaction leaves of it, when it takes events out, is a record of another kind, in which the time, the first
/// sequence and the count are as they were:
///
///     21  left            4   how many events are left
///     then for each event
///             number      4   its place among those that there were
///             key         8
///             length      4
///             envelope
enum PublishLayout {
    private static let headByteCount = 1 + 8 + 8 + 4 + 4
    private static let routeByteCount = 4 + 2
    private static let delayByteCount = 4 + 8
    /// Stands for a count of groups where a set is named.
    private static let setMark = UInt16.max
    /// Key and length.
    static let eventHeadByteCount = 8 + 4

    /// The most bytes that a record of so many events takes besides their envelopes.
    static func overhead(events: Int, groups: Int) -> Int {
        headByteCount + 4 + events * (routeByteCount + 4 * groups + delayByteCount + eventHeadByteCount)
    }

    /// How many bytes precede the events.
    static func headByteCount(_ routes: [Route], _ delays: [BrokerRecord.EventDelay]) -> Int {
        var count = headByteCount + (delays.isEmpty ? 0 : 4 + delays.count * delayByteCount)
        for route in routes { count += routeByteCount + 4 * (route.set == nil ? route.groups.count : 1) }
        return count
    }

    /// Events in a row that the same groups get.
    struct Route: Sendable {
        var events: Int
        /// Empty if the route was read and names a set.
        let groups: [GroupID]
        /// The number of the set of these groups, if the record names that instead.
        var set: UInt32?

        /// Adds the route of the event that follows to those of the events before it.
        static func add(_ groups: [GroupID], to routes: inout [Route]) {
            let last = routes.count - 1
            if last >= 0, routes[last].groups == groups {
                routes[last].events += 1
            } else {
                routes.append(Route(events: 1, groups: groups))
            }
        }
    }

    /// What precedes the routes.
    struct Head {
        let time: Timestamp
        let firstSequence: UInt64
        let events: Int
    }

    static func write(
        _ head: Head, _ routes: [Route], _ delays: [BrokerRecord.EventDelay], into writer: inout BinaryWriter
    ) {
        let kind: BrokerRecord.Kind = delays.isEmpty ? .publish : .delayedPublish
        writer.write(kind.rawValue)
        writer.write(UInt64(bitPattern: head.time.microseconds))
        writer.write(head.firstSequence)
        writer.write(UInt32(head.events))
        writer.write(UInt32(routes.count))
        for route in routes {
            writer.write(UInt32(route.events))
            if let set = route.set {
                writer.write(setMark)
                writer.write(set)
            } else {
                assert(route.groups.count <= DurableState.groupLimit, "an event goes to each group once")
                writer.write(UInt16(route.groups.count))
                for group in route.groups { writer.write(group.number) }
            }
        }
        guard !delays.isEmpty else { return }
        writer.write(UInt32(delays.count))
        for delay in delays {
            writer.write(UInt32(delay.index))
            writer.write(UInt64(bitPattern: delay.until.microseconds))
        }
    }

    /// Writes what precedes an envelope.
    static func writeEventHead(key: UInt64, length: Int, into writer: inout BinaryWriter) {
        writer.write(key)
        writer.write(UInt32(length))
    }

    /// Whether a record is a publish record.
    static func isPublish(_ record: RawSpan) -> Bool {
        has(record, .publish) || has(record, .delayedPublish)
    }

    private static func has(_ record: RawSpan, _ kind: BrokerRecord.Kind) -> Bool {
        !record.isEmpty && record.unsafeLoad(as: UInt8.self) == kind.rawValue
    }

    /// Whether a record is what is left of a publish record.
    static func isPart(_ record: RawSpan) -> Bool {
        has(record, .part)
    }

    /// An event in a record.
    struct Entry {
        let sequence: UInt64
        let time: Timestamp
        let key: UInt64
        /// The bytes of its envelope in the record.
        let envelope: Range<Int>

        /// The event itself.
        func event(in record: RawSpan) throws(TidingsError) -> Envelope {
            let bytes = record.extracting(envelope).withUnsafeBytes { Array($0) }
            return try Envelope(binary: bytes[...])
        }
    }

    /// Calls `body` with each event of a publish record, or of what is left of one, without decoding it, until `body`
    /// returns `false`. Records of other kinds have no events.
    static func forEachEvent(in record: RawSpan, _ body: (Entry) throws -> Bool) throws {
        let isPart = isPart(record)
        guard isPart || isPublish(record) else { return }
        var offset = 1
        let head = try Head(record, &offset)
        var count = head.events
        if isPart { count = Int(try record.number(at: &offset) as UInt32) } else { try skipRoutes(of: record, &offset) }
        for index in 0..<count {
            let number = isPart ? Int(try record.number(at: &offset) as UInt32) : index
            guard number < head.events else { throw TidingsError.cutRecord }
            let key: UInt64 = try record.number(at: &offset)
            let length = Int(try record.number(at: &offset) as UInt32)
            guard length <= record.byteCount - offset else { throw TidingsError.cutRecord }
            let entry = Entry(
                sequence: head.firstSequence + UInt64(number), time: head.time, key: key,
                envelope: offset..<offset + length)
            offset += length
            guard try body(entry) else { return }
        }
        guard offset == record.byteCount else {
            throw TidingsError(
                .corrupt, "a publish record has \(record.byteCount - offset) bytes behind its last event")
        }
    }

    /// Reads what precedes the events.
    static func head(of record: RawSpan) throws(TidingsError) -> (Head, [Route], [BrokerRecord.EventDelay]) {
        var offset = 1
        let head = try Head(record, &offset)
        var routes: [Route] = []
        var events = 0
        for _ in 0..<(try record.number(at: &offset) as UInt32) {
            let count = Int(try record.number(at: &offset) as UInt32)
            let groupCount: UInt16 = try record.number(at: &offset)
            if groupCount == setMark {
                routes.append(Route(events: count, groups: [], set: try record.number(at: &offset)))
            } else {
                var groups: [GroupID] = []
                for _ in 0..<groupCount { groups.append(GroupID(number: try record.number(at: &offset))) }
                routes.append(Route(events: count, groups: groups))
            }
            events += count
        }
        guard head.events > 0, events == head.events else {
            throw TidingsError(.corrupt, "a publish record holds \(head.events) events and has routes for \(events)")
        }
        return (head, routes, has(record, .delayedPublish) ? try delays(of: record, events, &offset) : [])
    }

    private static func delays(
        of record: RawSpan, _ events: Int, _ offset: inout Int
    ) throws(TidingsError) -> [BrokerRecord.EventDelay] {
        var delays: [BrokerRecord.EventDelay] = []
        for _ in 0..<(try record.number(at: &offset) as UInt32) {
            let index = Int(try record.number(at: &offset) as UInt32)
            guard index < events, delays.last.map({ $0.index < index }) ?? true else {
                throw TidingsError(.corrupt, "a publish record of \(events) events delays event \(index) out of order")
            }
            let until = Timestamp(microseconds: try record.number(at: &offset))
            delays.append(BrokerRecord.EventDelay(index: index, until: until))
        }
        return delays
    }

    private static func skipRoutes(of record: RawSpan, _ offset: inout Int) throws(TidingsError) {
        for _ in 0..<(try record.number(at: &offset) as UInt32) {
            _ = try record.number(at: &offset) as UInt32
            let groupCount: UInt16 = try record.number(at: &offset)
            offset += 4 * (groupCount == setMark ? 1 : Int(groupCount))
        }
        if has(record, .delayedPublish) { offset += try delayByteCount * Int(record.number(at: &offset) as UInt32) }
    }
}

extension PublishLayout {
    /// A record with some of the events of another, which it is to replace.
    static func part(of record: RawSpan, _ entries: [Entry]) throws(TidingsError) -> [UInt8] {
        var offset = 1
        let head = try Head(record, &offset)
        var part = BinaryBuilder()
        part.write(BrokerRecord.Kind.part.rawValue)
        part.write(head.time.microseconds)
        part.write(head.firstSequence)
        part.write(UInt32(head.events))
        part.write(UInt32(entries.count))
        for entry in entries {
            part.write(UInt32(entry.sequence - head.firstSequence))
            part.write(entry.key)
            part.write(UInt32(entry.envelope.count))
            part.write(record.extracting(entry.envelope).withUnsafeBytes { Array($0) })
        }
        return part.bytes
    }
}

extension PublishLayout.Head {
    fileprivate init(_ record: RawSpan, _ offset: inout Int) throws(TidingsError) {
        time = Timestamp(microseconds: try record.number(at: &offset))
        firstSequence = try record.number(at: &offset)
        events = Int(try record.number(at: &offset) as UInt32)
        guard !firstSequence.addingReportingOverflow(UInt64(events)).overflow else {
            throw TidingsError(
                .corrupt,
                "a publish record holds \(events) events from \(firstSequence) on, which no sequence can number")
        }
    }
}

extension TidingsError {
    fileprivate static var cutRecord: TidingsError {
        TidingsError(.corrupt, "a publish record is shorter than its head says")
    }
}

extension RawSpan {
    /// Reads a little-endian number and moves the offset behind it.
    fileprivate func number<Number: FixedWidthInteger & BitwiseCopyable>(
        at offset: inout Int
    ) throws(TidingsError) -> Number {
        guard MemoryLayout<Number>.size <= byteCount - offset else { throw TidingsError.cutRecord }
        defer { offset += MemoryLayout<Number>.size }
        return Number(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}
