import Tidings
import TidingsRouting

/// The state that the log's records add up to: the same records always give the same state.
///
/// A running broker takes the same steps as one that recovers, so a checkpoint of the one equals what the other would
/// have come to.
package struct DurableState: Sendable {
    /// How many consumer groups, queues and archives there may be: ten thousand queues, each with its dead letters.
    static let groupLimit = 20_000

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
    var alarms = AlarmTable()
    var eventLogs = EventLogTable()

    package init() {}

    /// The state without what is live of its groups: what a checkpoint holds, and what may be read without the lock. A
    /// plain copy would share the windows and make the next change of each copy it.
    var snapshot: DurableState {
        var copy = self
        copy.groups = groups.mapValues { ConsumerGroup(snapshotOf: $0.durable) }
        return copy
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
        for (route, events) in zip(replays.entry(named: step.name)?.replay.routes ?? [], step.events) {
            for target in route.targets where groups.contains(target) {
                let fresh = groups[target].durable.add(events, replayedBy: step.name, at: step.time)
                if !fresh.isEmpty { came.append((target, fresh)) }
            }
        }
        replays.advance(step, delivered: came.reduce(0) { $0 + $1.events.count })
        return came
    }

    mutating func set(_ rule: BrokerRecord.Rule) {
        rules.set(rule)
        eventLogs.enforce(rule.targets)
    }

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
    mutating func publish(
        _ routes: [PublishLayout.Route], _ delays: [BrokerRecord.EventDelay], at time: Timestamp,
        _ position: RecordPosition
    ) {
        marks.note(nextSequence, at: time, after: lastTime, position)
        lastTime = time
        var delays = delays.map { [first = nextSequence] in (sequence: first + UInt64($0.index), until: $0.until) }[...]
        for route in routes {
            let run = nextSequence..<nextSequence + UInt64(route.events)
            let waiting = Array(delays.prefix { $0.sequence < run.upperBound })
            delays = delays.dropFirst(waiting.count)
            for group in route.groups {
                // An event log has what was published, when it was.
                let waits = !waiting.isEmpty && !eventLogs.contains(group)
                groups[group].durable.publish(run, at: time, waiting: waits ? waiting : [])
            }
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
        alarms.encode(into: &writer)
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
        alarms = try AlarmTable(&reader)
    }
}
