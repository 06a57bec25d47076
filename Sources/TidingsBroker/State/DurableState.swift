package import Tidings
package import TidingsLog
import TidingsRouting

/// The state that the log's records add up to: the same records always give the same state.
///
/// A running broker goes on by the same steps as one that recovers, so that a checkpoint of the one is what the other
/// would have come to.
package struct DurableState: Sendable {
    /// How many consumer groups there may be.
    static let groupLimit = 10_000

    /// By number; nil for those that were removed.
    private(set) var queues: [QueueState?] = []
    private(set) var queueByName: [String: Int] = [:]
    /// The sequence that the next event gets.
    private(set) var nextSequence: UInt64 = 1
    /// The time of the last publish record. The next one is not earlier.
    private(set) var lastTime = Timestamp(microseconds: 0)
    private(set) var marks = SequenceMarks()

    package init() {}

    /// Goes on by one record.
    /// - Throws: `TidingsError` with code `corrupt` where it cannot follow those before it.
    package mutating func apply(_ record: BrokerRecord, at position: LogPosition) throws(TidingsError) {
        switch record {
        case .group(let group): try apply(group, at: position)
        case .publish(let publish): try apply(publish, at: position)
        case .take(let taken): take(taken.sequences, from: try check(taken))
        case .release(let released): release(released.sequences, to: try check(released))
        case .acknowledge(let done): acknowledge(done.sequences, in: try check(done))
        case .backfill(let backfill):
            fill(try check(backfill.matched), with: backfill.matched.sequences, upTo: backfill.next)
        case .removal(let queue): removeGroup(try check(queue))
        case .checkpoint: break
        }
    }

    private mutating func apply(_ group: BrokerRecord.Group, at position: LogPosition) throws(TidingsError) {
        if group.queue < queues.count {
            setPattern(group.pattern, of: try check(group.queue))
        } else if group.queue == queues.count, queueByName.count < Self.groupLimit, queueByName[group.name] == nil {
            addGroup(group)
        } else {
            throw TidingsError(.corrupt, "group \(group.name) has a number that no group can have, at \(position)")
        }
    }

    private mutating func apply(_ publish: BrokerRecord.Publish, at position: LogPosition) throws(TidingsError) {
        guard publish.head.firstSequence == nextSequence else {
            throw TidingsError(
                .corrupt, "event \(nextSequence) was to follow and \(publish.head.firstSequence) does at \(position)")
        }
        for route in publish.routes {
            for queue in route.queues { _ = try check(queue) }
        }
        self.publish(publish.routes, at: publish.head.time, position)
    }

    private func check(_ named: BrokerRecord.Sequences) throws(TidingsError) -> Int {
        for run in named.sequences.runs where run.upperBound > nextSequence {
            throw TidingsError(.corrupt, "a record is for event \(run.upperBound - 1), which is not there")
        }
        return try check(named.queue)
    }

    private func check(_ queue: UInt32) throws(TidingsError) -> Int {
        guard queue < queues.count, queues[Int(queue)] != nil else {
            throw TidingsError(.corrupt, "a record is for queue \(queue), which is not there")
        }
        return Int(queue)
    }
}

// MARK: Steps

extension DurableState {
    mutating func addGroup(_ group: BrokerRecord.Group) {
        queueByName[group.name] = queues.count
        queues.append(QueueState(group, next: nextSequence))
    }

    mutating func setPattern(_ pattern: EventPattern, of queue: Int) { queues[queue]?.pattern = pattern }

    mutating func removeGroup(_ queue: Int) {
        if let name = queues[queue]?.name { queueByName[name] = nil }
        queues[queue] = nil
    }

    /// The time that a publish record gets.
    func time(at now: Timestamp) -> Timestamp { max(now, lastTime) }

    /// Gives the next sequences to the events of a record, for the queues that their rules chose.
    mutating func publish(_ routes: [PublishLayout.Route], at time: Timestamp, _ position: LogPosition) {
        lastTime = time
        marks.note(nextSequence, at: time, position)
        for route in routes {
            let run = nextSequence..<nextSequence + UInt64(route.events)
            for queue in route.queues { queues[Int(queue)]?.add(run) }
            nextSequence = run.upperBound
        }
    }

    mutating func take(_ sequences: SequenceRuns, from queue: Int) { queues[queue]?.take(sequences) }
    mutating func release(_ sequences: SequenceRuns, to queue: Int) { queues[queue]?.release(sequences) }
    mutating func acknowledge(_ sequences: SequenceRuns, in queue: Int) { queues[queue]?.acknowledge(sequences) }

    mutating func fill(_ queue: Int, with matched: SequenceRuns, upTo next: UInt64) {
        queues[queue]?.fill(matched, upTo: next)
    }

    /// Forgets where events stand whose segments are gone.
    mutating func forgetSegments(before segment: UInt64) { marks.removeAll(before: segment) }
}

// MARK: Form in a checkpoint

extension DurableState {
    func encode(into writer: inout CheckpointWriter) {
        writer.write(nextSequence)
        writer.write(lastTime.microseconds)
        marks.encode(into: &writer)
        writer.write(UInt32(queues.count))
        for queue in queues {
            writer.write(UInt8(queue == nil ? 0 : 1))
            queue?.encode(into: &writer)
        }
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        nextSequence = try reader.number()
        lastTime = Timestamp(microseconds: try reader.number())
        marks = try SequenceMarks(&reader)
        for number in 0..<Int(try reader.number() as UInt32) {
            guard try reader.byte() == 1 else {
                queues.append(nil)
                continue
            }
            let queue = try QueueState(&reader)
            queueByName[queue.name] = number
            queues.append(queue)
        }
    }
}
