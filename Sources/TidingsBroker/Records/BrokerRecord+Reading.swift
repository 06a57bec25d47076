package import Tidings
import TidingsRouting

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension BrokerRecord {
    /// Reads a record.
    /// - Throws: `TidingsError` with code `corrupt` where the bytes are no record of this version.
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
        case .removal: self = .removal(queue: try reader.number())
        case .checkpoint: self = .checkpoint
        case .publish, nil:
            throw TidingsError(.corrupt, "the log holds a record of kind \(kind), which this version does not know")
        }
        guard reader.rest.isEmpty else {
            throw TidingsError(.corrupt, "a record of the log has \(reader.rest.count) bytes more than it says")
        }
    }
}

extension BrokerRecord.Group {
    fileprivate init(_ reader: inout BinaryReader) throws(TidingsError) {
        queue = try reader.number()
        name = try reader.text() ?? ""
        pattern = try EventPattern(kept: reader.text() ?? "", of: name)
        let start: UInt64 = try reader.number()
        let since = Timestamp(microseconds: try reader.number())
        history = start == 0 ? nil : History(start: start, since: since)
    }
}

extension EventPattern {
    /// Reads the pattern of a group as records and checkpoints keep it.
    init(kept text: String, of group: String) throws(TidingsError) {
        do {
            self = try JSONDecoder().decode(EventPattern.self, from: Data(text.utf8))
        } catch {
            throw TidingsError(.corrupt, "the pattern of group \(group) cannot be read", cause: error)
        }
    }
}

extension BrokerRecord.Backfill {
    fileprivate init(_ reader: inout BinaryReader) throws(TidingsError) {
        next = try reader.number()
        matched = try BrokerRecord.Sequences(&reader)
    }
}

extension BrokerRecord.Publish {
    fileprivate init(_ record: RawSpan) throws(TidingsError) {
        (head, routes) = try PublishLayout.head(of: record)
        do {
            try PublishLayout.forEachEvent(in: record) { _ in true }
        } catch {
            throw TidingsError(bus: error)
        }
    }
}

extension BrokerRecord.Sequences {
    fileprivate init(_ reader: inout BinaryReader) throws(TidingsError) {
        queue = try reader.number()
        let count: UInt32 = try reader.number()
        var sequences = SequenceRuns()
        for _ in 0..<count {
            let first: UInt64 = try reader.number()
            let (end, isTooFar) = first.addingReportingOverflow(UInt64(try reader.number() as UInt32))
            guard !isTooFar, first < end else {
                throw TidingsError(.corrupt, "a record is for events that no log can have")
            }
            sequences.append(first..<end)
        }
        guard sequences.count <= BrokerState.outstandingLimit else {
            throw TidingsError(.corrupt, "a record is for \(sequences.count) events, which are more than can be out")
        }
        self.sequences = sequences
    }
}
