import Tidings
import TidingsRouting

/// What is durable of a consumer group's queue: the fold over the records that name the group.
package struct QueueState: Sendable {
    /// The highest count of attempts, so that it never overflows.
    private static let attemptLimit: UInt32 = 1 << 30

    let name: String
    /// What a consumer group or an archive gets; nil for a queue, which is declared.
    var pattern: EventPattern?
    /// What was declared of a queue; nil for a consumer group, which subscriptions make.
    private(set) var declaration: Declaration?
    /// How long an archive keeps an event; nil for what is no archive.
    private(set) var archiveRetention: Duration?
    /// The events that have not left.
    private(set) var unsettled = SequenceSet()
    /// The unsettled events that were taken at least once.
    private var taken = SequenceSet()
    /// The attempts of the few events that were taken twice or more.
    private var repeated: [UInt64: UInt32] = [:]
    /// The events of a queue that were received as often as they may be.
    private(set) var spent = SequenceSet()
    /// When the taken events of a queue were received first.
    private var firstReceived: [UInt64: Timestamp] = [:]
    /// What is known of the events of a dead-letter queue.
    private(set) var letters: [UInt64: DeadLetterNote] = [:]
    /// Which of the events a replay brought, by its name.
    private var replayed: [String: Replayed] = [:]
    /// When those came that a redrive has brought.
    private var redriven: [UInt64: Timestamp] = [:]
    private(set) var takes: UInt64 = 0
    /// The earlier events that are still to be matched.
    private(set) var backfill: Backfill?
    /// What came in and what has left.
    private(set) var counts = QueueCounts()

    /// What a replay brought.
    struct Replayed: Sendable {
        var events = SequenceSet()
        /// When the last of them came.
        var time = Timestamp(microseconds: 0)
    }

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

    /// A replay brings events. What is there already is not brought again.
    /// - Returns: What was not.
    mutating func add(_ events: SequenceRuns, replayedBy name: String, at time: Timestamp) -> SequenceRuns {
        var fresh = SequenceRuns()
        for run in events.runs { for sequence in run where !unsettled.contains(sequence) { fresh.append(sequence) } }
        for run in fresh.runs {
            add(run, as: .replayed)
            replayed[name, default: Replayed()].events.insert(run)
            replayed[name]?.time = time
        }
        return fresh
    }

    /// The replay that brought an event; nil if none did.
    func replay(of sequence: UInt64) -> String? {
        replayed.isEmpty ? nil : replayed.first { $0.value.events.contains(sequence) }?.key
    }

    /// A redrive brings events back.
    mutating func add(_ events: SequenceRuns, redrivenAt time: Timestamp) {
        for run in events.runs {
            add(run, as: .redriven)
            for sequence in run { redriven[sequence] = time }
        }
    }

    /// Whether an event that was published before a moment, as it is known, came to the queue before it as well.
    func came(_ sequence: UInt64, before time: Timestamp) -> Bool {
        if let letter = letters[sequence] { return letter.deadSince < time }
        if let redriven = redriven[sequence] { return redriven < time }
        if replayed.isEmpty { return true }
        return (replayed.values.first { $0.events.contains(sequence) }?.time).map { $0 < time } ?? true
    }

    /// When a replay, a redrive or its death brought an event; nil for one that was published to the queue.
    func broughtTime(of sequence: UInt64) -> Timestamp? {
        if let brought = letters[sequence]?.deadSince ?? redriven[sequence] { return brought }
        return replayed.isEmpty ? nil : replayed.values.first { $0.events.contains(sequence) }?.time
    }

    mutating func declare(_ declaration: Declaration) {
        self.declaration = declaration
        findSpent()
    }

    /// How often an event may be received; no limit for a consumer group and a dead-letter queue.
    private var maximumReceives: UInt32 {
        declaration?.deadLetters == nil ? .max : UInt32(declaration?.options.maximumReceives ?? 0)
    }

    private mutating func findSpent() {
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
    mutating func receive(_ sequences: SequenceRuns, at time: Timestamp) {
        for run in sequences.runs {
            for sequence in run where unsettled.contains(sequence) && firstReceived[sequence] == nil {
                firstReceived[sequence] = time
            }
        }
        take(sequences)
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
            for name in Array(replayed.keys) {
                replayed[name]?.events.remove(run)
                if replayed[name]?.events.isEmpty == true { replayed[name] = nil }
            }
            guard !repeated.isEmpty || !firstReceived.isEmpty || !letters.isEmpty || !redriven.isEmpty else { continue }
            for sequence in run {
                repeated[sequence] = nil
                firstReceived[sequence] = nil
                letters[sequence] = nil
                redriven[sequence] = nil
            }
        }
        checkLedger()
    }

    /// Every event that came in has left or is unsettled, and only unsettled ones count attempts.
    private func checkLedger() {
        assert(counts.arrived == counts.left + UInt64(unsettled.count), "\(name): the ledger does not add up")
        assert(taken.count <= unsettled.count && repeated.count <= taken.count, "\(name): attempts of settled events")
    }

    /// Dead letters of another queue come in. An event that is dead for the second time takes the place of the first.
    mutating func add(_ letters: [UInt64: DeadLetterNote], _ sequences: SequenceRuns) {
        for run in sequences.runs {
            let replaced = unsettled.count(in: run)
            counts[.movedIn] += UInt64(replaced)
            counts[.discarded] += UInt64(replaced)
            add(run, as: .movedIn)
        }
        self.letters.merge(letters) { $1 }
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

    // MARK: Form in a checkpoint

    init(_ name: String, pattern: EventPattern?) {
        self.name = name
        self.pattern = pattern
    }

    func encodeAttempts(into writer: inout BinaryBuilder) {
        taken.encode(into: &writer)
        writer.write(UInt32(repeated.count))
        for (sequence, count) in repeated.sorted(by: { $0.key < $1.key }) {
            writer.write(sequence)
            writer.write(count)
        }
        writer.write(UInt32(firstReceived.count))
        for (sequence, time) in firstReceived.sorted(by: { $0.key < $1.key }) {
            writer.write(sequence)
            writer.write(time.microseconds)
        }
    }

    mutating func decode(_ reader: inout BinaryReader) throws(TidingsError) {
        unsettled = try SequenceSet(&reader)
        taken = try SequenceSet(&reader)
        for _ in 0..<(try reader.number() as UInt32) {
            let sequence: UInt64 = try reader.number()
            repeated[sequence] = try reader.number()
        }
        for _ in 0..<(try reader.number() as UInt32) {
            let sequence: UInt64 = try reader.number()
            firstReceived[sequence] = Timestamp(microseconds: try reader.number())
        }
        counts = try QueueCounts(&reader)
        takes = try reader.number()
        let next: UInt64 = try reader.number()
        let end: UInt64 = try reader.number()
        let since = Timestamp(microseconds: try reader.number())
        let pattern = try reader.text() ?? ""
        if next < end {
            backfill = Backfill(next: next, end: end, since: since, pattern: try EventPattern(kept: pattern, of: name))
        }
        declaration = try Declaration(&reader)
        for _ in 0..<(try reader.number() as UInt32) {
            let sequence: UInt64 = try reader.number()
            letters[sequence] = try DeadLetterNote(&reader)
        }
        findSpent()
        let retention: Int64 = try reader.number()
        archiveRetention = retention == 0 ? nil : .microseconds(retention)
        for _ in 0..<(try reader.number() as UInt32) {
            let name = try reader.text() ?? ""
            replayed[name] = Replayed(
                events: try SequenceSet(&reader), time: Timestamp(microseconds: try reader.number()))
        }
        for _ in 0..<(try reader.number() as UInt32) {
            let sequence: UInt64 = try reader.number()
            redriven[sequence] = Timestamp(microseconds: try reader.number())
        }
    }

    func encodeReplayed(into writer: inout BinaryBuilder) {
        writer.write(UInt32(replayed.count))
        for (name, brought) in replayed.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            writer.write(name)
            brought.events.encode(into: &writer)
            writer.write(brought.time.microseconds)
        }
        writer.write(UInt32(redriven.count))
        for (sequence, time) in redriven.sorted(by: { $0.key < $1.key }) {
            writer.write(sequence)
            writer.write(time.microseconds)
        }
    }
}
