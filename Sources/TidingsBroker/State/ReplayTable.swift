import Tidings
import TidingsRouting

/// The replays that run, and the last that have ended, in the order in which they were started.
struct ReplayTable: Sendable {
    /// How many replays are known; beyond that the oldest that have ended are forgotten.
    private static let limit = 1000

    /// A replay, and how far it is.
    struct Entry: Sendable {
        let replay: BrokerRecord.Replay
        var next: UInt64
        var done: UInt64 = 0
        var delivered: UInt64 = 0
        var state = ReplayStatus.State.running
        var ended: Timestamp?

        init(_ replay: BrokerRecord.Replay) {
            self.replay = replay
            next = replay.range.lowerBound
        }
    }

    private(set) var entries: [Entry] = []

    /// Whether no other one can be started: all that are known run.
    var isFull: Bool { entries.count >= Self.limit && entries.allSatisfy { $0.state == .running } }

    func entry(named name: String) -> Entry? { index(of: name).map { entries[$0] } }

    private func index(of name: String) -> Int? {
        let text = ByteText(name)
        return entries.firstIndex { ByteText($0.replay.name) == text }
    }

    mutating func start(_ replay: BrokerRecord.Replay) {
        if entries.count >= Self.limit, let oldest = entries.firstIndex(where: { $0.state != .running }) {
            entries.remove(at: oldest)
        }
        entries.append(Entry(replay))
    }

    mutating func advance(_ step: BrokerRecord.ReplayStep, delivered: Int) {
        guard let index = index(of: step.name) else { return }
        entries[index].next = step.next
        entries[index].done += step.done
        entries[index].delivered += UInt64(delivered)
        if step.next >= entries[index].replay.range.upperBound {
            entries[index].state = .completed
            entries[index].ended = step.time
        }
    }

    mutating func cancel(_ cancellation: BrokerRecord.Cancellation) {
        guard let index = index(of: cancellation.name) else { return }
        entries[index].state = .cancelled
        entries[index].ended = cancellation.time
    }
}

extension ReplayTable {
    func encode(into writer: inout BinaryBuilder) {
        writer.write(UInt32(entries.count))
        for entry in entries {
            entry.replay.encode(into: &writer)
            for number in [entry.next, entry.done, entry.delivered] { writer.write(number) }
            writer.write(entry.state.rawValue)
            writer.write(entry.ended?.microseconds ?? 0)
        }
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        for _ in 0..<(try reader.number() as UInt32) {
            var entry = Entry(try BrokerRecord.Replay(&reader))
            entry.next = try reader.number()
            entry.done = try reader.number()
            entry.delivered = try reader.number()
            let state = try reader.byte()
            guard let known = ReplayStatus.State(rawValue: state) else {
                throw TidingsError(.corrupt, "replay \(entry.replay.name) has state \(state)")
            }
            entry.state = known
            let ended = Timestamp(microseconds: try reader.number())
            entry.ended = known == .running ? nil : ended
            entries.append(entry)
        }
    }
}
