import Tidings
import TidingsRouting

extension BrokerRecord {
    /// An archive is declared, or declared otherwise.
    package struct Archive: Sendable {
        let id: GroupID
        let name: String
        let pattern: EventPattern
        let retention: Duration
    }

    /// A replay is started.
    package struct Replay: Sendable {
        let name: String
        let archive: GroupID
        let pattern: EventPattern
        let routes: [Route]
        let rate: UInt32
        let range: Range<UInt64>
        let total: UInt64
        let time: Timestamp

        /// Which of the events go to which queues.
        package struct Route: Sendable {
            let pattern: EventPattern
            let targets: [GroupID]
        }

        var targets: [GroupID] { routes.flatMap(\.targets) }
    }

    /// A replay has given the events of a stretch to its queues.
    package struct ReplayStep: Sendable {
        let name: String
        /// The first event that was not looked at.
        let next: UInt64
        /// How many archived events were.
        let done: UInt64
        let time: Timestamp
        /// Those of each route.
        let events: [SequenceRuns]
    }

    /// A replay is cancelled.
    package struct Cancellation: Sendable {
        let name: String
        let time: Timestamp
    }
}

// MARK: Form in the log

extension BrokerRecord.Archive {
    /// The record's bytes.
    package func encoded() -> [UInt8] {
        var writer = BinaryBuilder()
        writer.write(BrokerRecord.Kind.archive.rawValue)
        writer.write(id.number)
        writer.write(name)
        writer.write(pattern.description)
        writer.write(retention.wholeMicroseconds)
        return writer.bytes
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        id = GroupID(number: try reader.number())
        name = try reader.text() ?? ""
        pattern = try EventPattern(kept: reader.text() ?? "", of: name)
        retention = .microseconds(try reader.number() as Int64)
    }
}

extension BrokerRecord.Replay {
    /// The record's bytes.
    package func encoded() -> [UInt8] {
        var writer = BinaryBuilder()
        writer.write(BrokerRecord.Kind.replay.rawValue)
        encode(into: &writer)
        return writer.bytes
    }

    func encode(into writer: inout BinaryBuilder) {
        writer.write(name)
        writer.write(archive.number)
        writer.write(pattern.description)
        writer.write(UInt32(routes.count))
        for route in routes {
            writer.write(route.pattern.description)
            writer.write(UInt32(route.targets.count))
            for target in route.targets { writer.write(target.number) }
        }
        writer.write(rate)
        for number in [range.lowerBound, range.upperBound, total] { writer.write(number) }
        writer.write(time.microseconds)
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        name = try reader.text() ?? ""
        archive = GroupID(number: try reader.number())
        pattern = try EventPattern(kept: reader.text() ?? "", of: name)
        var routes: [Route] = []
        for _ in 0..<(try reader.number() as UInt32) {
            let pattern = try EventPattern(kept: reader.text() ?? "", of: name)
            var targets: [GroupID] = []
            for _ in 0..<(try reader.number() as UInt32) { targets.append(GroupID(number: try reader.number())) }
            routes.append(Route(pattern: pattern, targets: targets))
        }
        self.routes = routes
        rate = try reader.number()
        let (first, end): (UInt64, UInt64) = (try reader.number(), try reader.number())
        guard first <= end else { throw TidingsError(.corrupt, "replay \(name) goes from event \(first) to \(end)") }
        range = first..<end
        total = try reader.number()
        time = Timestamp(microseconds: try reader.number())
    }
}

extension BrokerRecord.ReplayStep {
    /// The record's bytes.
    package func encoded() -> [UInt8] {
        var writer = BinaryBuilder()
        writer.write(BrokerRecord.Kind.replayStep.rawValue)
        writer.write(name)
        for number in [next, done] { writer.write(number) }
        writer.write(time.microseconds)
        writer.write(UInt32(events.count))
        // Of no queue in particular: the replay knows them.
        for events in events {
            BrokerRecord.Sequences(group: GroupID(number: 0), sequences: events).encode(into: &writer)
        }
        return writer.bytes
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        name = try reader.text() ?? ""
        next = try reader.number()
        done = try reader.number()
        time = Timestamp(microseconds: try reader.number())
        var events: [SequenceRuns] = []
        for _ in 0..<(try reader.number() as UInt32) { events.append(try BrokerRecord.Sequences(&reader).sequences) }
        self.events = events
    }
}

extension BrokerRecord.Cancellation {
    /// The record's bytes.
    package func encoded() -> [UInt8] {
        var writer = BinaryBuilder()
        writer.write(BrokerRecord.Kind.cancellation.rawValue)
        writer.write(name)
        writer.write(time.microseconds)
        return writer.bytes
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        name = try reader.text() ?? ""
        time = Timestamp(microseconds: try reader.number())
    }
}
