import Tidings
import TidingsLog
import TidingsRouting

/// The state that the log's records add up to: the fold with which a broker starts.
///
/// What was out when the process ended comes back, its attempts counted.
struct RecoveredState {
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

    init(cacheLimit: Int) {
        events = EventTable(cacheLimit: cacheLimit)
    }

    mutating func apply(_ record: BrokerRecord, at position: LogPosition) throws(TidingsError) {
        switch record {
        case .group(let group):
            if group.queue < queues.count {
                queues[Int(group.queue)].pattern = group.pattern
            } else if group.queue == queues.count {
                queues.append(Queue(name: group.name, pattern: group.pattern))
            } else {
                throw TidingsError(.corrupt, "group \(group.name) skips a number at \(position)")
            }
        case .publish(let publish):
            try apply(publish, at: position)
        case .take(let taken):
            let queue = try check(taken)
            queues[queue].takes += 1
            for sequence in taken.sequences { queues[queue].entries[sequence]?.attempts += 1 }
        case .release(let released):
            let queue = try check(released)
            for sequence in released.sequences where (queues[queue].entries[sequence]?.attempts ?? 0) > 0 {
                queues[queue].entries[sequence]?.attempts -= 1
            }
        case .acknowledge(let done):
            for sequence in done.sequences
            where queues[try check(done)].entries.removeValue(forKey: sequence) != nil {
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
