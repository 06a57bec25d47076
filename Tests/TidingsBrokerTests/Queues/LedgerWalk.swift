import Tidings
import TidingsBroker
import TidingsLog
import TidingsTesting

/// The ledgers of all queues as the log says them: a walk over its records from the first one, by sets and dictionaries.
/// It reads records by itself and shares no code with the state of the broker.
struct LedgerWalk {
    struct Queue {
        var name: String
        var there: Set<UInt64> = []
        var counts: [String: Int] = [:]

        mutating func add(_ sequences: [UInt64], _ what: String) {
            for sequence in sequences where there.insert(sequence).inserted { counts[what, default: 0] += 1 }
        }

        mutating func remove(_ sequences: [UInt64], _ what: String) {
            for sequence in sequences where there.remove(sequence) != nil { counts[what, default: 0] += 1 }
        }
    }

    private(set) var queues: [UInt32: Queue] = [:]
    private var sets: [UInt32: [UInt32]] = [:]
    /// The queues of each route of a replay.
    private var replays: [String: [[UInt32]]] = [:]
    /// The event log to which each of its targets belongs.
    private var logs: [UInt32: String] = [:]

    /// Walks the log of a folder, which nobody has open.
    init(_ directory: String, _ system: any FileSystem) throws {
        let log = try Log.open(
            directory: directory, options: LogOptions(), fileSystem: system, onWarning: { _ in },
            replay: { _, record in try self.take(record.withUnsafeBytes { Array($0) }) })
        log.close()
    }

    /// What waits to be written to an event log.
    func pending(in log: String) -> Set<UInt64> {
        logs.filter { $0.value == log }.keys.reduce(into: []) { $0.formUnion(queues[$1]?.there ?? []) }
    }

    func queue(_ name: String) -> Queue? { queues.values.first { $0.name == name } }

    private mutating func take(_ bytes: [UInt8]) throws {
        var reader = BinaryReader(bytes[...])
        let kind = try reader.byte()
        switch kind {
        case 1:
            let number: UInt32 = try reader.number()
            let name = try reader.text() ?? ""
            if queues[number] == nil { queues[number] = Queue(name: name) }
        case 2, 20: try publish(&reader)
        case 4:
            let (queue, sequences) = try Self.sequences(&reader)
            queues[queue]?.remove(sequences, "acknowledged")
        case 6:
            _ = try reader.number() as UInt64
            let (queue, sequences) = try Self.sequences(&reader)
            queues[queue]?.add(sequences, "published")
        case 7:
            let number: UInt32 = try reader.number()
            queues[number] = nil
            logs[number] = nil
        case 9:
            let number: UInt32 = try reader.number()
            if number == 0 { sets = [:] }
            sets[number] = try (0..<(try reader.number() as UInt32)).map { _ in try reader.number() }
        case 10, 16:
            let number: UInt32 = try reader.number()
            let name = try reader.text() ?? ""
            if queues[number] == nil { queues[number] = Queue(name: name) }
        case 26:
            guard try reader.byte() == 0 else { break }
            let number: UInt32 = try reader.number()
            logs[number] = try reader.text()
            let name = "target \(number) of an event log"
            if queues[number] == nil { queues[number] = Queue(name: name) }
        case 27:
            let (target, sequences) = try Self.sequences(&reader)
            for (queue, log) in logs where log == logs[target] { queues[queue]?.remove(sequences, "acknowledged") }
        case 12:
            let isRedrive = try reader.byte() == 1
            _ = try reader.number() as Int64
            _ = try reader.text()
            let target: UInt32 = try reader.number()
            let (source, sequences) = try Self.sequences(&reader)
            queues[source]?.remove(sequences, isRedrive ? "returned" : "movedOut")
            if !isRedrive {
                // What is dead for the second time takes the place of the first.
                let replaced = sequences.filter { queues[target]?.there.contains($0) == true }
                queues[target]?.remove(replaced, "discarded")
            }
            queues[target]?.add(sequences, isRedrive ? "redriven" : "movedIn")
        case 13:
            let fates = ["acknowledged", "movedOut", "returned", "discarded", "expired", "purged"]
            let fate = fates[Int(try reader.byte())]
            let (queue, sequences) = try Self.sequences(&reader)
            queues[queue]?.remove(sequences, fate)
        case 17:
            let name = try reader.text() ?? ""
            _ = try reader.number() as UInt32
            _ = try reader.text()
            replays[name] = try (0..<(try reader.number() as UInt32)).map { _ in
                _ = try reader.text()
                return try (0..<(try reader.number() as UInt32)).map { _ in try reader.number() }
            }
        case 18:
            let name = try reader.text() ?? ""
            for _ in 0..<3 { _ = try reader.number() as UInt64 }
            let events = try (0..<(try reader.number() as UInt32)).map { _ in try Self.sequences(&reader).1 }
            for (targets, sequences) in zip(replays[name] ?? [], events) {
                for queue in targets { queues[queue]?.add(sequences, "replayed") }
            }
        default: break
        }
    }

    private mutating func publish(_ reader: inout BinaryReader) throws {
        _ = try reader.number() as Int64
        var next: UInt64 = try reader.number()
        _ = try reader.number() as UInt32
        for _ in 0..<(try reader.number() as UInt32) {
            let events = UInt64(try reader.number() as UInt32)
            let count: UInt16 = try reader.number()
            let named: [UInt32]
            if count == .max {
                named = sets[try reader.number()] ?? []
            } else {
                named = try (0..<count).map { _ in try reader.number() }
            }
            for queue in named { queues[queue]?.add(Array(next..<next + events), "published") }
            next += events
        }
    }

    private static func sequences(_ reader: inout BinaryReader) throws -> (UInt32, [UInt64]) {
        let queue: UInt32 = try reader.number()
        var sequences: [UInt64] = []
        for _ in 0..<(try reader.number() as UInt32) {
            let first: UInt64 = try reader.number()
            sequences += first..<first + UInt64(try reader.number() as UInt32)
        }
        return (queue, sequences)
    }
}

extension QueueLedger {
    /// The terms that are counted from records, but for those that are 0.
    var terms: [String: Int] {
        [
            "published": published, "replayed": replayed, "redriven": redriven, "movedIn": movedIn,
            "acknowledged": acknowledged, "movedOut": movedOut, "returned": returned, "discarded": discarded,
            "expired": expired, "purged": purged,
        ].filter { $0.value > 0 }
    }
}
