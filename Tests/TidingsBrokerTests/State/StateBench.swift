import Testing
import Tidings
import TidingsBroker
import TidingsRouting

/// Drives the state of a broker without a log, a clock or a task: each request is a call, and so is what the log does.
struct StateBench {
    var state: BrokerState
    /// The records that the log has accepted, in order.
    private(set) var records: [[UInt8]] = []
    private var positions: [RecordPosition] = []
    private var segment: UInt64 = 1
    /// Whether the log refuses records.
    var isFull = false
    private(set) var now = Timestamp(seconds: 1000)
    private(set) var uptime = Duration.seconds(1000)
    var members: [String: Member] = [:]

    struct Member {
        let group: GroupID
        let number: UInt64
        var receipts: [UInt64: Receipt] = [:]
    }

    /// The log has no room.
    struct Refused: Error {}

    init(windowEvents: Int = 32_768, windowWeight: Int = 1 << 20) {
        var options = EmbeddedOptions()
        options.windowEvents = windowEvents
        options.windowWeight = windowWeight
        state = BrokerState(DurableState(), DuplicateWindow(), historyStart: 1, options, at: now)
    }

    // MARK: The log

    private var next: StagedRecord {
        let ordinal = UInt64(records.count) + 1
        return StagedRecord(ordinal: ordinal, position: RecordPosition(segment: segment, offset: UInt32(ordinal) * 64))
    }

    mutating func append(_ record: [UInt8]) throws(Refused) -> StagedRecord {
        if isFull { throw Refused() }
        while let unwritten = state.firstUnwritten() {
            positions.append(next.position)
            records.append(unwritten.bytes)
            state.removeUnwritten(unwritten)
        }
        let staged = next
        positions.append(staged.position)
        records.append(record)
        return staged
    }

    /// The next record begins a new segment.
    mutating func beginSegment() { segment += 1 }

    /// Makes durable what was staged.
    /// - Returns: The numbers of the groups whose members are to be woken.
    mutating func sync() -> [UInt32] { state.advance(to: UInt64(records.count)).map(\.number) }

    /// The same in part.
    /// - Returns: Whether all is shown.
    mutating func sync(atMost runs: Int) -> Bool {
        state.show(upTo: UInt64(records.count), atMost: runs).isDone
    }

    mutating func stop(because reason: TidingsError) { state.stop(because: reason) }

    mutating func pass(_ seconds: Int) {
        now = now + .seconds(seconds)
        uptime += .seconds(seconds)
    }

    /// The wall clock is set, and time goes on.
    mutating func set(back seconds: Int) { now = now + .seconds(-seconds) }

    // MARK: Requests

    mutating func join(
        _ member: String, _ group: String, _ pattern: EventPattern = .all, from start: Subscription.Start = .latest
    ) throws {
        let proposal = try state.proposeJoin(Subscription(group: group, pattern: pattern, start: start), at: now)
        let staged = try proposal.record.map { try append($0) }
        let joined = state.commit(proposal, staged)
        members[member] = Member(group: joined.group, number: joined.member)
    }

    mutating func remove(_ group: String) throws {
        guard let removal = try state.proposeRemoval(of: group) else { return }
        _ = try append(removal.record)
        state.commit(removal)
    }

    /// Publishes events, each with a number as its id and a key, if any.
    /// - Parameter waits: How many seconds some of them wait, by their numbers.
    /// - Returns: Their sequences, and the record to wait for if all are duplicates that are not durable.
    @discardableResult
    mutating func publish(
        _ events: [(number: Int, key: String?)], waits: [Int: Int] = [:]
    ) throws -> (sequences: [UInt64], waitsFor: UInt64?) {
        let outgoing = try OutgoingBatch(
            events.map { number, key in
                var event = Envelope.numbered(number, key: key)
                event.notBefore = waits[number].map { now + .seconds($0) }
                return event
            }, EventIdentity.Key(1, 2), at: now)
        func sequences(_ published: Published) -> [UInt64] {
            var next = published.firstSequence
            return events.indices.map { index in
                if let known = published.known[index] { return known }
                defer { next += 1 }
                return next
            }
        }
        switch try state.proposePublish(outgoing, at: now, steady: now) {
        case .known(let published, let ordinal): return (sequences(published), ordinal)
        case .write(let record):
            let bytes = [UInt8](unsafeUninitializedCapacity: record.byteCount) { buffer, count in
                var writer = BinaryWriter(UnsafeMutableRawBufferPointer(buffer))
                record.write(into: &writer)
                count = writer.offset
            }
            do {
                for set in record.groupSets {
                    _ = try append(set.encoded())
                    state.commit(set)
                }
                state.commit(record, try append(bytes))
            } catch {
                state.cancel(record)
                throw error
            }
            return (sequences(record.published), nil)
        }
    }

    /// Takes events for a member.
    mutating func take(_ member: String, _ maximum: Int = 100) throws -> BrokerState.Take {
        let (group, number) = try #require(members[member].map { ($0.group, $0.number) })
        let proposal = try state.proposeTake(from: group, atMost: maximum, for: number, at: uptime, time: now)
        if let record = proposal.record {
            do {
                _ = try append(record)
            } catch {
                state.cancel(proposal)
                throw error
            }
        }
        let take = state.commit(proposal)
        for event in take.events { members[member]?.receipts[event.receipt.sequence] = event.receipt }
        return take
    }

    /// Settles events that a member has taken.
    /// - Returns: The sequences that were not settled any more.
    @discardableResult
    mutating func settle(
        _ member: String, _ sequences: [UInt64], _ settlement: (Receipt) -> Settlement
    ) throws -> [UInt64] {
        let (group, receipts) = try #require(members[member].map { ($0.group, $0.receipts) })
        let settled = try state.settle(
            sequences.compactMap { receipts[$0] }.map(settlement), in: group, at: uptime, time: now)
        write(settled)
        return settled.stale.map(\.sequence)
    }

    /// Events that a member has taken can never succeed.
    mutating func reject(_ member: String, _ sequences: [UInt64], because reason: String) throws {
        let (group, receipts) = try #require(members[member].map { ($0.group, $0.receipts) })
        let (uptime, now) = (uptime, now)
        _ = try remove(once: true) { state throws(TidingsError) in
            try state.proposeRejection(
                sequences.compactMap { receipts[$0] }, because: reason, in: group, uptime: uptime, at: now
            ).removal
        }
    }

    /// Another process takes over what the log holds; nobody consumes.
    mutating func restart() throws {
        var fold = DurableState()
        for (index, record) in records.enumerated() {
            try fold.apply(BrokerRecord(record.span.bytes), at: positions[index])
        }
        members = [:]
        state = BrokerState(fold, DuplicateWindow(), historyStart: 1, EmbeddedOptions(), at: now)
        for queue in state.groupIDs {
            guard let reading = try state.planRestoring(queue, at: now) else { continue }
            state.restore(reading, of: queue, at: uptime, time: now)
        }
    }

    mutating func leave(_ member: String) throws {
        let (group, number) = try #require(members[member].map { ($0.group, $0.number) })
        write(try state.leave(group, number, at: uptime, time: now))
    }

    private mutating func write(_ settled: BrokerState.Settled) {
        for record in settled.records {
            do { _ = try append(record.bytes) } catch { state.keepUnwritten(record) }
        }
        if let lease = settled.lease { _ = try? append(lease.encoded()) }
    }

    // MARK: What holds at any time

    /// Checks the ledger of each group, and that the records add up to the state.
    func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
        for group in state.groupIDs {
            let ledger = try state.ledger(of: group)
            #expect(ledger.isBalanced, "\(ledger)", sourceLocation: sourceLocation)
        }
        guard state.firstUnwritten() == nil else { return }
        var fold = DurableState()
        for (index, record) in records.enumerated() {
            try fold.apply(BrokerRecord(record.span.bytes), at: positions[index])
        }
        let live = state.checkpoint(at: next.position)
        let folded = Checkpoint(position: next.position, duplicatesFrom: live.duplicatesFrom, state: fold)
        #expect(live.encoded() == folded.encoded(), sourceLocation: sourceLocation)
    }

    func counts(_ queue: String) throws -> QueueLedger {
        var state = state
        let group = try state.group(named: queue)
        state.endWaiting(in: group, at: now)
        return try state.ledger(of: group)
    }

    func ledger(_ group: String) throws -> [Int] {
        let ledger = try state.ledger(of: try state.group(named: group))
        return [ledger.published, ledger.acknowledged, ledger.pending, ledger.inFlight]
    }
}
