import Tidings
import TidingsRouting

/// What is durable of a consumer group's queue: the fold over the records that name the group.
package struct QueueState: Sendable {
    /// The highest count of attempts, so that it never overflows.
    private static let attemptLimit: UInt32 = 1 << 30

    let name: String
    var pattern: EventPattern
    /// The events that are not acknowledged.
    private(set) var unsettled = SequenceSet()
    /// The unsettled events that were taken at least once.
    private var taken = SequenceSet()
    /// The attempts of the few events that were taken twice or more.
    private var repeated: [UInt64: UInt32] = [:]
    private(set) var takes: UInt64 = 0
    /// The earlier events that are still to be matched.
    private(set) var backfill: Backfill?
    /// How many events the queue got since it was made.
    private(set) var published: UInt64 = 0
    /// How many of them are acknowledged.
    private(set) var acknowledged: UInt64 = 0

    /// A range of events that were published before the group was made.
    struct Backfill: Equatable {
        var next: UInt64
        let end: UInt64
        let since: Timestamp
        /// The pattern that the group was made with, even if it has another one since.
        let pattern: EventPattern
    }

    /// - Parameter next: The sequence of the next event; history ends before it.
    init(_ group: BrokerRecord.Group, next: UInt64) {
        name = group.name
        pattern = group.pattern
        if let history = group.history, history.start < next {
            backfill = Backfill(
                next: history.start, end: next, since: history.since, pattern: group.pattern)
        }
    }

    mutating func add(_ run: Range<UInt64>) {
        published += UInt64(unsettled.insert(run))
        checkLedger()
    }

    mutating func take(_ sequences: SequenceRuns) {
        takes += 1
        for run in sequences.runs {
            // Nearly always the whole run is unsettled and was never taken.
            if unsettled.count(in: run) == run.count, taken.count(in: run) == 0 {
                taken.insert(run)
                continue
            }
            for sequence in run where unsettled.contains(sequence) && !taken.insert(sequence) {
                repeated[sequence] = min((repeated[sequence] ?? 1) + 1, Self.attemptLimit)
            }
        }
    }

    mutating func release(_ sequences: SequenceRuns) {
        for run in sequences.runs {
            if repeated.isEmpty {
                taken.remove(run)
                continue
            }
            for sequence in run {
                if let count = repeated[sequence] {
                    repeated[sequence] = count > 2 ? count - 1 : nil
                } else {
                    taken.remove(sequence)
                }
            }
        }
    }

    mutating func acknowledge(_ sequences: SequenceRuns) {
        for run in sequences.runs {
            acknowledged += UInt64(unsettled.remove(run))
            taken.remove(run)
            if !repeated.isEmpty { for sequence in run { repeated[sequence] = nil } }
        }
        checkLedger()
    }

    /// Every event that the queue got is acknowledged or unsettled, and only unsettled ones count attempts.
    private func checkLedger() {
        assert(published == acknowledged + UInt64(unsettled.count), "\(name): the ledger does not add up")
        assert(taken.count <= unsettled.count && repeated.count <= taken.count, "\(name): attempts of settled events")
    }

    /// How often an event was taken.
    func attempts(of sequence: UInt64) -> UInt32 { repeated[sequence] ?? (taken.contains(sequence) ? 1 : 0) }

    mutating func fill(_ matched: SequenceRuns, upTo next: UInt64) {
        for run in matched.runs { add(run) }
        backfill?.next = next
        if let backfill, backfill.next >= backfill.end { self.backfill = nil }
    }

    /// The oldest event that the queue needs.
    var oldest: UInt64? {
        guard let backfill else { return unsettled.first }
        return min(unsettled.first ?? .max, backfill.next)
    }
}

extension QueueState {
    func encode(into writer: inout BinaryBuilder) {
        writer.write(name)
        writer.write(pattern.description)
        unsettled.encode(into: &writer)
        taken.encode(into: &writer)
        writer.write(UInt32(repeated.count))
        for (sequence, count) in repeated.sorted(by: { $0.key < $1.key }) {
            writer.write(sequence)
            writer.write(count)
        }
        for number in [takes, published, acknowledged, backfill?.next ?? 0, backfill?.end ?? 0] { writer.write(number) }
        writer.write(backfill?.since.microseconds ?? 0)
        writer.write(backfill?.pattern.description ?? "")
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        name = try reader.text() ?? ""
        pattern = try EventPattern(kept: reader.text() ?? "", of: name)
        unsettled = try SequenceSet(&reader)
        taken = try SequenceSet(&reader)
        for _ in 0..<(try reader.number() as UInt32) {
            let sequence: UInt64 = try reader.number()
            repeated[sequence] = try reader.number()
        }
        takes = try reader.number()
        published = try reader.number()
        acknowledged = try reader.number()
        let next: UInt64 = try reader.number()
        let end: UInt64 = try reader.number()
        let since = Timestamp(microseconds: try reader.number())
        let pattern = try reader.text() ?? ""
        guard next < end else { return }
        backfill = Backfill(next: next, end: end, since: since, pattern: try EventPattern(kept: pattern, of: name))
    }
}
