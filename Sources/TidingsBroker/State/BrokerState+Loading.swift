import Tidings
import TidingsLog

extension BrokerState {
    /// What is to be read from the log for a queue: stretches of it, and which events in each.
    struct Reading {
        struct Stretch {
            let start: LogPosition
            var end: LogPosition?
            var lastMark: Int
            var sequences: [UInt64]
        }

        var stretches: [Stretch] = []
        var count = 0
    }

    /// How many events are brought into memory together.
    private var loadCount: Int { max(1, min(windowLimit / 4, 4096)) }

    /// Whether a part of the queue is on the disk and wanted in memory; the caller must bring it there then.
    mutating func beginLoading(_ queue: Int) -> Bool {
        guard let live = queues[queue], live.firstUnloaded != nil, !live.isLoading,
            live.window.readyCount < loadCount, live.window.pendingCount < windowLimit * 2
        else { return false }
        queues[queue]?.isLoading = true
        return true
    }

    /// Says what is to be read next; nil where nothing is, and the queue is whole again or cannot go on.
    mutating func planReading(_ queue: Int) throws(TidingsError) -> Reading? {
        guard let state = durable.queues[queue], let first = queues[queue]?.firstUnloaded, failure == nil else {
            return nil
        }
        var reading = Reading()
        let end = min(state.backfill?.next ?? .max, lastShown + 1)
        var next = state.unsettled.next(from: first)
        var mark: Int?
        while let sequence = next, sequence < end, reading.count < loadCount {
            mark = durable.marks.index(before: sequence, from: mark)
            guard let mark else {
                throw TidingsError(.corrupt, "event \(sequence) is still needed, and the log does not reach back to it")
            }
            add(sequence, behind: mark, to: &reading)
            next = state.unsettled.next(from: sequence + 1)
        }
        if reading.count > 0 { return reading }
        queues[queue]?.isLoading = false
        if state.backfill == nil { queues[queue]?.firstUnloaded = nil }
        return nil
    }

    /// Adds an event to the last stretch, where that reaches to its mark; so a dense backlog is read in one go.
    private func add(_ sequence: UInt64, behind index: Int, to reading: inout Reading) {
        let start = durable.marks[index].position
        let last = reading.stretches.count - 1
        reading.count += 1
        if last >= 0, reading.stretches[last].end == start || reading.stretches[last].lastMark == index {
            reading.stretches[last].sequences.append(sequence)
            reading.stretches[last].end = durable.marks.end(of: index)
            reading.stretches[last].lastMark = index
        } else {
            reading.stretches.append(
                Reading.Stretch(
                    start: start, end: durable.marks.end(of: index), lastMark: index, sequences: [sequence]))
        }
    }

    /// Puts what was read into the window, for those who wait.
    mutating func finishReading(_ loaded: [PublishedBatch], of queue: Int) -> Signal? {
        guard let state = durable.queues[queue], let last = loaded.last else { return nil }
        for batch in loaded {
            for (index, key) in batch.keys.enumerated() {
                let sequence = batch.firstSequence + UInt64(index)
                guard state.unsettled.contains(sequence) else { continue }
                batch.readers += 1
                queues[queue]?.window.add(
                    DeliveryQueue.Entry(
                        sequence: sequence, key: key, attempts: state.attempts(of: sequence), reference: batch))
            }
            batch.dropKeys()
            cache.hold(batch)
        }
        queues[queue]?.firstUnloaded = last.firstSequence + UInt64(last.count)
        queues[queue]?.isLoading = false
        return queues[queue]?.signal
    }
}
