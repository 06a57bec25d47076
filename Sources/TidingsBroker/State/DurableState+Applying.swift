package import Tidings
import TidingsRouting

extension DurableState {
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
            groups[try check(receipt.received)].durable.receive(receipt)
        case .lease(let lease): groups[try check(lease.queue)].durable.hold(lease)
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
                step.events.allSatisfy({ $0.runs.allSatisfy { $0.upperBound <= nextSequence } })
            else { throw TidingsError(.corrupt, "the record at \(position) goes on with a replay that does not run") }
            advance(step)
        case .cancellation(let cancellation): cancel(cancellation)
        case .alarm(let alarm): try apply(alarm, at: position)
        case .alarmChange(let change): try apply(change, at: position)
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
        self.publish(routes, publish.delays, at: publish.head.time, position)
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
