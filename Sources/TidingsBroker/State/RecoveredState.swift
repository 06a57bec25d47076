package import Tidings
package import TidingsLog
import TidingsRouting

/// The state that the log's records add up to: the fold with which a broker starts.
///
/// What was out when the process ended comes back, its attempts counted.
package struct RecoveredState {
    /// How many consumer groups there may be.
    static let groupLimit = 10_000
    /// Where the count of attempts stays, so that it never overflows.
    private static let attemptLimit: UInt32 = 1 << 30

    struct Queue {
        let name: String
        var pattern: EventPattern
        var entries: [UInt64: DeliveryQueue.Entry] = [:]
        var takes: UInt64 = 0

        /// What waits, in order.
        var delivery: DeliveryQueue {
            var queue = DeliveryQueue(takes: takes)
            for entry in entries.values.sorted(by: { $0.sequence < $1.sequence }) { queue.add(entry) }
            return queue
        }
    }

    private(set) var queues: [Queue] = []
    private(set) var events: EventTable

    package init(cacheLimit: Int) {
        events = EventTable(cacheLimit: cacheLimit)
    }

    /// Goes on by one record.
    /// - Throws: `TidingsError` with code `corrupt` where it cannot follow those before it.
    package mutating func apply(_ record: BrokerRecord, at position: LogPosition) throws(TidingsError) {
        switch record {
        case .group(let group):
            if group.queue < queues.count {
                queues[Int(group.queue)].pattern = group.pattern
            } else if group.queue == queues.count, queues.count < Self.groupLimit {
                queues.append(Queue(name: group.name, pattern: group.pattern))
            } else {
                throw TidingsError(.corrupt, "group \(group.name) has a number that no group can have, at \(position)")
            }
        case .publish(let publish):
            try apply(publish, at: position)
        case .take(let taken):
            let queue = try check(taken)
            queues[queue].takes += 1
            for sequence in taken.sequences
            where queues[queue].entries[sequence]?.attempts ?? .max < Self.attemptLimit {
                queues[queue].entries[sequence]?.attempts += 1
            }
        case .release(let released):
            let queue = try check(released)
            for sequence in released.sequences where (queues[queue].entries[sequence]?.attempts ?? 0) > 0 {
                queues[queue].entries[sequence]?.attempts -= 1
            }
        case .acknowledge(let done):
            let queue = try check(done)
            for sequence in done.sequences
            where queues[queue].entries.removeValue(forKey: sequence) != nil {
                events.forget(sequence)
            }
        }
    }

    private mutating func apply(_ publish: BrokerRecord.Publish, at position: LogPosition) throws(TidingsError) {
        guard publish.firstSequence == events.nextSequence else {
            throw TidingsError(
                .corrupt, "event \(events.nextSequence) was to follow and \(publish.firstSequence) does at \(position)")
        }
        for event in publish.events {
            let sequence = events.nextSequence
            events.append(
                EventTable.Place(position: position, offset: event.offset, length: event.length), time: publish.time,
                references: event.queues.count, event: nil)
            for queue in event.queues {
                guard queue < queues.count else {
                    throw TidingsError(.corrupt, "event \(sequence) is for a queue that was never made, at \(position)")
                }
                queues[Int(queue)].entries[sequence] = DeliveryQueue.Entry(sequence: sequence, key: event.key)
            }
        }
    }

    private func check(_ record: BrokerRecord.Sequences) throws(TidingsError) -> Int {
        guard record.queue < queues.count else {
            throw TidingsError(.corrupt, "a record is for queue \(record.queue), which was never made")
        }
        return Int(record.queue)
    }
}
