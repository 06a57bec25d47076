package import Tidings
import TidingsRouting

extension BrokerRecord {
    /// Reads a record.
    /// - Throws: `TidingsError` with code `corrupt` if the bytes are not a record of this version.
    package init(_ record: RawSpan) throws(TidingsError) {
        if PublishLayout.isPublish(record) {
            self = .publish(try Publish(record))
            return
        }
        let bytes = record.withUnsafeBytes { Array($0) }
        var reader = BinaryReader(bytes[...])
        let kind = try reader.byte()
        switch Kind(rawValue: kind) {
        case .group: self = .group(try Group(&reader))
        case .take: self = .take(try Sequences(&reader))
        case .acknowledge: self = .acknowledge(try Sequences(&reader))
        case .release: self = .release(try Sequences(&reader))
        case .backfill: self = .backfill(try Backfill(&reader))
        case .removal: self = .removal(GroupID(number: try reader.number()))
        case .checkpoint: self = .checkpoint
        case .groupSet: self = .groupSet(try GroupSet(&reader))
        case .queue: self = .queue(try Queue(&reader))
        case .receipt: self = .receipt(try Receipt(&reader))
        case .move: self = .move(try Move(&reader))
        case .drop: self = .drop(try Drop(&reader))
        case .rule: self = .rule(try Rule(&reader))
        case .archive: self = .archive(try Archive(&reader))
        case .replay: self = .replay(try Replay(&reader))
        case .replayStep: self = .replayStep(try ReplayStep(&reader))
        case .cancellation: self = .cancellation(try Cancellation(&reader))
        case .lease: self = .lease(try Lease(&reader))
        case .alarm: self = .alarm(try Alarm(&reader))
        case .alarmChange: self = .alarmChange(try AlarmChange(&reader))
        case .eventLog: self = .eventLog(try EventLogChange(&reader))
        case .logged: self = .logged(try Sequences(&reader))
        case .ruleRemoval: self = .ruleRemoval(try reader.text() ?? "")
        case .part:
            throw TidingsError(
                .corrupt, "events were taken out of a record; the log can only be read from a checkpoint behind it")
        case .publish, .delayedPublish, nil:
            throw TidingsError(.corrupt, "the log holds a record of kind \(kind), which this version does not know")
        }
        guard reader.rest.isEmpty else {
            throw TidingsError(.corrupt, "a record of kind \(kind) has \(reader.rest.count) bytes behind its end")
        }
    }
}

extension BrokerRecord.Group {
    fileprivate init(_ reader: inout BinaryReader) throws(TidingsError) {
        id = GroupID(number: try reader.number())
        name = try reader.text() ?? ""
        pattern = try EventPattern(kept: reader.text() ?? "", of: name)
        let start: UInt64 = try reader.number()
        let since = Timestamp(microseconds: try reader.number())
        history = start == 0 ? nil : History(start: start, since: since)
    }
}

extension EventPattern {
    /// Reads the pattern of a group from a record or a checkpoint.
    init(kept text: String, of group: String) throws(TidingsError) {
        do {
            self = try EventPattern(description: text)
        } catch {
            throw TidingsError(.corrupt, "the stored pattern of group \(group) cannot be read", cause: error)
        }
    }
}

extension BrokerRecord.Backfill {
    fileprivate init(_ reader: inout BinaryReader) throws(TidingsError) {
        next = try reader.number()
        matched = try BrokerRecord.Sequences(&reader)
    }
}

extension BrokerRecord.GroupSet {
    fileprivate init(_ reader: inout BinaryReader) throws(TidingsError) {
        number = try reader.number()
        var groups: [GroupID] = []
        for _ in 0..<(try reader.number() as UInt32) { groups.append(GroupID(number: try reader.number())) }
        self.groups = groups
    }
}

extension BrokerRecord.Publish {
    fileprivate init(_ record: RawSpan) throws(TidingsError) {
        (head, routes, delays) = try PublishLayout.head(of: record)
        do {
            try PublishLayout.forEachEvent(in: record) { _ in true }
        } catch {
            throw TidingsError(bus: error)
        }
    }
}

extension BrokerRecord.Sequences {
    init(_ reader: inout BinaryReader) throws(TidingsError) {
        group = GroupID(number: try reader.number())
        let count: UInt32 = try reader.number()
        var sequences = SequenceRuns()
        for _ in 0..<count {
            let first: UInt64 = try reader.number()
            let (end, isTooFar) = first.addingReportingOverflow(UInt64(try reader.number() as UInt32))
            guard !isTooFar, first < end else {
                throw TidingsError(.corrupt, "a record names \(first) and events behind it that no sequence can number")
            }
            sequences.append(first..<end)
        }
        guard sequences.count <= BrokerState.outstandingLimit else {
            throw TidingsError(
                .corrupt,
                "a record names \(sequences.count) events; at most \(BrokerState.outstandingLimit) can be in flight")
        }
        self.sequences = sequences
    }
}
