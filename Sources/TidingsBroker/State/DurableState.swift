package import Tidings
import TidingsRouting

/// The state that the log's records add up to: the same records always give the same state.
///
/// A running broker takes the same steps as one that recovers, so a checkpoint of the one equals what the other would
/// have come to.
package struct DurableState: Sendable {
    /// How many consumer groups there may be.
    static let groupLimit = 10_000

    /// The groups. Of each only ``ConsumerGroup/durable`` is part of this state.
    var groups = GroupTable<ConsumerGroup>()
    private(set) var groupByName: [ByteText: GroupID] = [:]
    /// The sequence that the next event gets.
    private(set) var nextSequence: UInt64 = 1
    /// The time of the last publish record. The next one may be earlier, if the clock was set back.
    private(set) var lastTime = Timestamp(microseconds: 0)
    private(set) var marks = SequenceMarks()
    private(set) var groupSets = GroupSets()
    private(set) var rules = RuleTable()
    private(set) var replays = ReplayTable()
    var eventLogs = EventLogTable()

    package init() {}

    /// The state without what is live of its groups: what a checkpoint holds, and what may be read without the lock. A
    /// plain copy would share the windows and make the next change of each copy it.
    var snapshot: DurableState {
        var copy = self
        copy.groups = groups.mapValues { ConsumerGroup($0.durable) }
        return copy
    }

    /// Applies one record.
    /// - Throws: `TidingsError` with code `corrupt` if the record cannot follow those before it.
    package mutating func apply(_ record: BrokerRecord, at position: RecordPosition) throws(TidingsError) {
        switch record {
        case .group(let group): try apply(group, at: position)
        case .publish(let publish): try apply(publish, at: position)
        case .take(let taken): groups[try check(taken)].durable.take(taken.sequences)
        case .release(let released): groups[try check(released)].durable.release(released.sequences)
        case .acknowledge(let done): groups[try check(done)].durable.remove(done.sequences, as: .acknowledged)
        case .backfill(let backfill):
            groups[try check(backfill.matched)].durable.fill(backfill.matched.sequences, upTo: backfill.next)
        case .removal(let group): removeGroup(try check(group))
        case .checkpoint: break
        case .queue(let queue): try apply(queue, at: position)
        case .receipt(let receipt):
            groups[try check(receipt.received)].durable.receive(receipt.received.sequences, at: receipt.time)
        case .move(let move):
            _ = try check(move.target)
            _ = try check(move.source)
            self.move(move)
        case .drop(let drop):
            _ = try check(drop.dropped)
            self.drop(drop)
        case .rule(let rule):
            for target in rule.targets { _ = try check(target) }
            set(rule)
        case .ruleRemoval(let name): removeRule(name)
        case .archive(let archive): try apply(archive, at: position)
        case .replay(let replay):
            for target in replay.targets + [replay.archive] { _ = try check(target) }
            start(replay)
        case .replayStep(let step):
            guard replays.entry(named: step.name)?.state == .running,
                step.events.runs.allSatisfy({ $0.upperBound <= nextSequence })
            else { throw TidingsError(.corrupt, "the record at \(position) goes on with a replay that does not run") }
            advance(step)
        case .cancellation(let cancellation): cancel(cancellation)
        case .eventLog(let change): try apply(change, at: position)
        case .logged(let logged):
            _ = try check(logged)
            log(logged)
        case .groupSet(let set):
            for group in set.groups { _ = try check(group) }
            guard define(set) else {
                throw TidingsError(
                    .corrupt,
                    "the record at \(position) logs a set of groups as number \(set.number), which is not the next one")
            }
        }
    }

    private mutating func apply(_ group: BrokerRecord.Group, at position: RecordPosition) throws(TidingsError) {
        if groups.contains(group.id), groups[group.id].durable.declaration == nil, !groups[group.id].durable.isArchive {
            setPattern(group.pattern, of: group.id)
        } else if group.id == groups.nextID, groups.count < Self.groupLimit, groupByName[ByteText(group.name)] == nil {
            addGroup(group)
        } else {
            throw TidingsError(
                .corrupt,
                "the record at \(position) defines group \(group.name) as number \(group.id.number), which is neither its "
                    + "number nor the next one, \(groups.nextID.number)")
        }
    }

    private mutating func apply(_ publish: BrokerRecord.Publish, at position: RecordPosition) throws(TidingsError) {
        guard publish.head.firstSequence == nextSequence else {
            throw TidingsError(
                .corrupt,
                "the record at \(position) begins with event \(publish.head.firstSequence); the next one is "
                    + "\(nextSequence)")
        }
        let routes = try publish.routes.map { route throws(TidingsError) in
            guard let number = route.set else { return route }
            guard let groups = groupSets[number] else {
                throw TidingsError(
                    .corrupt, "the record at \(position) names set \(number) of groups, which was not logged")
            }
            return PublishLayout.Route(events: route.events, groups: groups, set: number)
        }
        for route in routes {
            for group in route.groups { _ = try check(group) }
        }
        self.publish(routes, at: publish.head.time, position)
    }

    private mutating func apply(_ archive: BrokerRecord.Archive, at position: RecordPosition) throws(TidingsError) {
        let isKnown = groups.contains(archive.id) && groups[archive.id].durable.isArchive
        guard isKnown || archive.id == groups.nextID && groupByName[ByteText(archive.name)] == nil else {
            throw TidingsError(
                .corrupt,
                "the record at \(position) declares archive \(archive.name) as number \(archive.id.number), which it cannot be"
            )
        }
        declare(archive)
    }

    private mutating func apply(_ queue: BrokerRecord.Queue, at position: RecordPosition) throws(TidingsError) {
        let isKnown = groups.contains(queue.id) && groups[queue.id].durable.declaration != nil
        let isNew = queue.id == groups.nextID && groupByName[ByteText(queue.name)] == nil
        guard isKnown || isNew, groups.count < Self.groupLimit || isKnown,
            queue.deadLetters.map({ groups.contains($0) && groups[$0].durable.declaration != nil }) ?? true
        else {
            throw TidingsError(
                .corrupt,
                "the record at \(position) declares queue \(queue.name) as number \(queue.id.number), which it cannot be"
            )
        }
        declare(queue)
    }

    private func check(_ named: BrokerRecord.Sequences) throws(TidingsError) -> GroupID {
        for run in named.sequences.runs where run.upperBound > nextSequence {
            throw TidingsError(
                .corrupt, "a record names event \(run.upperBound - 1), and the last one is \(nextSequence - 1)")
        }
        return try check(named.group)
    }

    private func check(_ group: GroupID) throws(TidingsError) -> GroupID {
        guard groups.contains(group) else {
            throw TidingsError(.corrupt, "a record names group \(group.number), which does not exist")
        }
        return group
    }
}

// MARK: Steps

extension DurableState {
    mutating func addGroup(_ group: BrokerRecord.Group) {
        assert(group.id == groups.nextID, "group numbers are given in order")
        groupByName[ByteText(group.name)] = group.id
        groups.append(ConsumerGroup(QueueState(group, next: nextSequence)))
    }

    mutating func declare(_ queue: BrokerRecord.Queue) {
        if groups.contains(queue.id) {
            let source = groups[queue.id].durable.declaration?.source
            groups[queue.id].live.mayHoldSpent = true
            groups[queue.id].durable.declare(
                QueueState.Declaration(options: queue.options, deadLetters: queue.deadLetters, source: source))
        } else {
            groupByName[ByteText(queue.name)] = queue.id
            groups.append(
                ConsumerGroup(
                    QueueState(
                        queue.name, QueueState.Declaration(options: queue.options, deadLetters: queue.deadLetters))))
        }
        if let letters = queue.deadLetters, var declaration = groups[letters].durable.declaration {
            declaration.source = queue.id
            groups[letters].durable.declare(declaration)
        }
    }

    mutating func declare(_ archive: BrokerRecord.Archive) {
        if groups.contains(archive.id) {
            groups[archive.id].durable.declare(archive)
        } else {
            groupByName[ByteText(archive.name)] = archive.id
            groups.append(ConsumerGroup(QueueState(archive)))
        }
    }

    mutating func start(_ replay: BrokerRecord.Replay) { replays.start(replay) }

    mutating func cancel(_ cancellation: BrokerRecord.Cancellation) { replays.cancel(cancellation) }

    /// A replay gives events to its queues, as far as they are there.
    /// - Returns: What each queue got that it did not have.
    @discardableResult
    mutating func advance(_ step: BrokerRecord.ReplayStep) -> [(queue: GroupID, events: SequenceRuns)] {
        var came: [(queue: GroupID, events: SequenceRuns)] = []
        for target in replays.entry(named: step.name)?.replay.targets ?? [] where groups.contains(target) {
            let fresh = groups[target].durable.add(step.events, replayedBy: step.name, at: step.time)
            if !fresh.isEmpty { came.append((target, fresh)) }
        }
        replays.advance(step, delivered: came.reduce(0) { $0 + $1.events.count })
        return came
    }

    mutating func set(_ rule: BrokerRecord.Rule) { rules.set(rule) }

    mutating func removeRule(_ name: String) { rules.remove(name) }

    mutating func drop(_ drop: BrokerRecord.Drop) {
        groups[drop.dropped.group].durable.remove(drop.dropped.sequences, as: drop.fate)
    }

    /// Moves events, with what is to be known of them if they are dead letters now.
    /// - Returns: Those that were not there before.
    @discardableResult
    mutating func move(_ move: BrokerRecord.Move) -> SequenceRuns {
        let (source, sequences) = (move.source.group, move.source.sequences)
        var fresh = SequenceRuns()
        for run in sequences.runs {
            for sequence in run where !groups[move.target].durable.unsettled.contains(sequence) {
                fresh.append(sequence)
            }
        }
        switch move.cause {
        case .death:
            var letters: [UInt64: DeadLetterNote] = [:]
            for run in sequences.runs {
                for sequence in run {
                    letters[sequence] = groups[source].durable.note(of: sequence, at: move.time, move.reason)
                }
            }
            groups[source].durable.remove(sequences, as: .movedOut)
            groups[move.target].durable.add(letters, sequences)
        case .redrive:
            groups[source].durable.remove(sequences, as: .returned)
            groups[move.target].durable.add(sequences, redrivenAt: move.time)
        }
        return fresh
    }

    mutating func setPattern(_ pattern: EventPattern, of group: GroupID) { groups[group].durable.pattern = pattern }

    mutating func removeGroup(_ group: GroupID) {
        // A target of an event log has no name by which others find it.
        if !eventLogs.remove(group) { groupByName[ByteText(groups[group].durable.name)] = nil }
        rules.forget(group)
        groups.remove(group)
    }

    /// - Returns: Whether the set has the next number, or 0.
    @discardableResult
    mutating func define(_ set: BrokerRecord.GroupSet) -> Bool { groupSets.define(set.groups, as: set.number) }

    /// The time that a publish record gets: what the clock says. Publishers that read it in another order than they come
    /// here, or a clock that is put right by little, turn nothing back.
    func time(at now: Timestamp) -> Timestamp {
        now < lastTime && lastTime - now < .seconds(1) ? lastTime : now
    }

    /// Gives the next sequences to the events of a record, and the events to the groups that their patterns chose.
    mutating func publish(_ routes: [PublishLayout.Route], at time: Timestamp, _ position: RecordPosition) {
        marks.note(nextSequence, at: time, after: lastTime, position)
        lastTime = time
        for route in routes {
            let run = nextSequence..<nextSequence + UInt64(route.events)
            for group in route.groups { groups[group].durable.add(run) }
            nextSequence = run.upperBound
        }
    }

    /// Drops the marks of segments that were removed.
    mutating func forgetSegments(before segment: UInt64) { marks.removeAll(before: segment) }
}

// MARK: Form in a checkpoint

extension DurableState {
    func encode(into writer: inout BinaryBuilder) {
        writer.write(nextSequence)
        writer.write(lastTime.microseconds)
        marks.encode(into: &writer)
        groupSets.encode(into: &writer)
        rules.encode(into: &writer)
        replays.encode(into: &writer)
        eventLogs.encode(into: &writer)
        writer.write(groups.nextID.number)
        for number in 0..<groups.nextID.number {
            let group = GroupID(number: number)
            writer.write(groups.contains(group) ? 1 : 0 as UInt8)
            if groups.contains(group) { groups[group].durable.encode(into: &writer) }
        }
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        nextSequence = try reader.number()
        lastTime = Timestamp(microseconds: try reader.number())
        marks = try SequenceMarks(&reader)
        groupSets = try GroupSets(&reader)
        rules = try RuleTable(&reader)
        replays = try ReplayTable(&reader)
        eventLogs = try EventLogTable(&reader)
        for _ in 0..<(try reader.number() as UInt32) {
            guard try reader.byte() == 1 else {
                groups.appendRemoved()
                continue
            }
            let queue = try QueueState(&reader)
            if !eventLogs.contains(groups.nextID) { groupByName[ByteText(queue.name)] = groups.nextID }
            groups.append(ConsumerGroup(queue))
        }
    }
}
