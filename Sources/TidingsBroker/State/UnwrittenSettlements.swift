/// A record of settlements of one group.
package struct SettlementRecord: Sendable {
    let kind: BrokerRecord.Kind
    let settled: BrokerRecord.Sequences

    /// What the log gets.
    package var bytes: [UInt8] { settled.encoded(as: kind) }
}

/// Settlements that the log had no room for, merged: what thousands of records would have said, few say later.
///
/// No event is released in it twice, for before one that was released is taken again, the record of its release is written; or
/// that take is in no record, and neither is what releases it. An acknowledgement may stand beside a release: whichever is
/// read first, the event is gone.
struct UnwrittenSettlements {
    /// How many events one record names at most.
    private static let sequenceLimit = 50_000

    private struct Entry {
        let group: GroupID
        let kind: BrokerRecord.Kind
        var sequences = SequenceSet()
    }

    private var entries: [Entry] = []

    var isEmpty: Bool { entries.isEmpty }

    /// The events that the log still says some group needs.
    var acknowledged: [SequenceSet] { entries.filter { $0.kind != .release }.map(\.sequences) }

    mutating func add(_ record: SettlementRecord) {
        let (group, kind) = (record.settled.group, record.kind)
        var index = entries.count
        if let known = entries.firstIndex(where: { $0.group == group && $0.kind == kind }) {
            index = known
        } else {
            entries.append(Entry(group: group, kind: kind))
        }
        for run in record.settled.sequences.runs {
            let added = entries[index].sequences.insert(run)
            assert(added == run.count, "an event is settled once")
        }
    }

    /// The record to be written first.
    func first(atMost runs: Int) -> SettlementRecord? {
        guard let entry = entries.first else { return nil }
        var found = SequenceRuns()
        var next = entry.sequences.first
        while let sequence = next, found.count < Self.sequenceLimit {
            if found.runs.count >= runs, found.runs.last?.upperBound != sequence { break }
            found.append(sequence)
            next = entry.sequences.next(from: sequence + 1)
        }
        return SettlementRecord(
            kind: entry.kind, settled: BrokerRecord.Sequences(group: entry.group, sequences: found))
    }

    /// The log has accepted a record that ``first(atMost:)`` gave.
    mutating func remove(_ record: SettlementRecord) {
        guard let first = entries.first else { return }
        assert(first.group == record.settled.group && first.kind == record.kind, "the first record goes first")
        for run in record.settled.sequences.runs { entries[0].sequences.remove(run) }
        if entries[0].sequences.isEmpty { entries.removeFirst() }
    }
}
