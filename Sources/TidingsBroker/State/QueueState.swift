import Tidings
import TidingsRouting

/// What is durable of a consumer group's queue: the fold over the records that name the group. Only its own methods
/// change it.
package struct QueueState: Sendable {
    /// The highest count of attempts, so that it never overflows.
    private static let attemptLimit: UInt32 = 1 << 30

    let name: String
    /// What a consumer group or an archive gets; nil for a queue, which is declared.
    var pattern: EventPattern?
    /// What was declared of a queue; nil for a consumer group, which subscriptions make.
    var declaration: Declaration?
    /// How long an archive keeps an event; nil for what is no archive.
    var archiveRetention: Duration?
    /// The events that have not left.
    var unsettled = SequenceSet()
    /// The unsettled events that were taken at least once.
    var taken = SequenceSet()
    /// The attempts of the few events that were taken twice or more.
    var repeated: [UInt64: UInt32] = [:]
    /// The events of a queue that were received as often as they may be.
    var spent = SequenceSet()
    /// When the taken events of a queue were received first.
    var firstReceived: [UInt64: Timestamp] = [:]
    /// Those of a queue that are out, or were when they were last received.
    var leases: [UInt64: EventLease] = [:]
    /// What is known of the events of a dead-letter queue.
    var letters: [UInt64: DeadLetterNote] = [:]
    /// Which of the events a replay brought, by its name.
    var replayed: [String: Replayed] = [:]
    /// When those came that a redrive has brought.
    var redriven: [UInt64: Timestamp] = [:]
    /// Those that had to wait, or have to.
    var delays = DelayedEvents()
    var takes: UInt64 = 0
    /// The earlier events that are still to be matched.
    var backfill: Backfill?
    /// What came in and what has left.
    var counts = QueueCounts()

    /// What was declared of a queue.
    struct Declaration: Sendable, Equatable {
        var options: QueueOptions
        /// Where its dead letters go; nil if it is a dead-letter queue itself.
        var deadLetters: GroupID?
        /// Whose dead letters it gets; nil if it is no dead-letter queue.
        var source: GroupID?
    }

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

    /// A queue that is declared.
    init(_ name: String, _ declaration: Declaration) {
        self.name = name
        self.declaration = declaration
    }

    /// An archive.
    init(_ archive: BrokerRecord.Archive) {
        self.init(archive.name, pattern: archive.pattern)
        archiveRetention = archive.retention
    }

    var isArchive: Bool { archiveRetention != nil }

    /// How long its events wait before they expire; nil without end.
    var retention: Duration? { archiveRetention ?? declaration?.options.retention }

    mutating func declare(_ archive: BrokerRecord.Archive) {
        pattern = archive.pattern
        archiveRetention = archive.retention
    }

    mutating func declare(_ declaration: Declaration) {
        self.declaration = declaration
        findSpent()
    }

    /// How often an event may be received; no limit for a consumer group and a dead-letter queue.
    private var maximumReceives: UInt32 {
        declaration?.deadLetters == nil ? .max : UInt32(declaration?.options.maximumReceives ?? 0)
    }

    mutating func findSpent() {
        spent = SequenceSet()
        guard maximumReceives < .max else { return }
        if maximumReceives == 1 { spent = taken }
        for (sequence, attempts) in repeated where attempts >= maximumReceives { spent.insert(sequence) }
    }

    mutating func add(_ run: Range<UInt64>, as arrival: QueueCounts.Arrival = .published) {
        counts[arrival] += UInt64(unsettled.insert(run))
        checkLedger()
    }

    /// A consumer of a queue receives events.
    mutating func receive(_ receipt: BrokerRecord.Receipt) {
        let lease = EventLease(take: receipt.take, since: receipt.time, duration: receipt.visibility)
        for run in receipt.received.sequences.runs {
            for sequence in run where unsettled.contains(sequence) {
                if firstReceived[sequence] == nil { firstReceived[sequence] = receipt.time }
                leases[sequence] = lease
            }
        }
        take(receipt.received.sequences)
        // The numbers of takes go on behind this one, also behind some that were not logged.
        takes = max(takes, receipt.take)
    }

    /// Events that are out come back at another time.
    mutating func hold(_ lease: BrokerRecord.Lease) {
        for (sequence, duration) in lease.extended {
            guard let known = leases[sequence] else { continue }
            leases[sequence] = EventLease(take: known.take, since: lease.time, duration: duration)
        }
        for (sequence, duration) in lease.retried where leases[sequence] != nil {
            leases[sequence] = EventLease(take: 0, since: lease.time, duration: duration)
        }
    }

    mutating func take(_ sequences: SequenceRuns) {
        takes += 1
        for run in sequences.runs {
            // Nearly always the whole run is unsettled and was never taken.
            if unsettled.count(in: run) == run.count, taken.count(in: run) == 0 {
                taken.insert(run)
                if maximumReceives == 1 { spent.insert(run) }
                continue
            }
            for sequence in run where unsettled.contains(sequence) {
                if !taken.insert(sequence) {
                    repeated[sequence] = min((repeated[sequence] ?? 1) + 1, Self.attemptLimit)
                }
                if attempts(of: sequence) >= maximumReceives { spent.insert(sequence) }
            }
        }
    }

    mutating func release(_ sequences: SequenceRuns) {
        for run in sequences.runs {
            spent.remove(run)
            if !leases.isEmpty { for sequence in run { leases[sequence] = nil } }
            if repeated.isEmpty, firstReceived.isEmpty {
                taken.remove(run)
                continue
            }
            for sequence in run {
                if let count = repeated[sequence] {
                    repeated[sequence] = count > 2 ? count - 1 : nil
                } else {
                    taken.remove(sequence)
                    firstReceived[sequence] = nil
                }
                if attempts(of: sequence) >= maximumReceives { spent.insert(sequence) }
            }
        }
    }

    /// Events leave.
    mutating func remove(_ sequences: SequenceRuns, as fate: QueueCounts.Fate) {
        for run in sequences.runs {
            counts[fate] += UInt64(unsettled.remove(run))
            taken.remove(run)
            spent.remove(run)
            delays.remove(run)
            for name in Array(replayed.keys) {
                replayed[name]?.events.remove(run)
                if replayed[name]?.events.isEmpty == true { replayed[name] = nil }
            }
            guard !repeated.isEmpty || !firstReceived.isEmpty || !letters.isEmpty || !redriven.isEmpty else { continue }
            for sequence in run {
                repeated[sequence] = nil
                firstReceived[sequence] = nil
                leases[sequence] = nil
                letters[sequence] = nil
                redriven[sequence] = nil
            }
        }
        checkLedger()
    }

    /// Every event that came in has left or is unsettled, and only unsettled ones count attempts.
    func checkLedger() {
        assert(counts.arrived == counts.left + UInt64(unsettled.count), "\(name): the ledger does not add up")
        assert(taken.count <= unsettled.count && repeated.count <= taken.count, "\(name): attempts of settled events")
    }

    /// What is known of an event that becomes a dead letter.
    func note(of sequence: UInt64, at time: Timestamp, _ reason: String) -> DeadLetterNote {
        DeadLetterNote(
            attempts: attempts(of: sequence), firstReceived: firstReceived[sequence] ?? time, deadSince: time,
            reason: reason)
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
