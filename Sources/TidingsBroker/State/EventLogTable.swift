import Tidings
import TidingsRouting

/// The event logs, by name, with what rules give to them.
struct EventLogTable: Sendable {
    /// How many event logs there may be.
    static let limit = 100

    struct Log: Sendable {
        let name: String
        /// How long it keeps events: what a rule stated last.
        var retention: Duration
        /// In the order of their numbers.
        var targets: [BrokerRecord.EventLogTarget] = []
    }

    private var logs: [ByteText: Log] = [:]
    /// The name of the log to which a target belongs.
    private var names: [GroupID: ByteText] = [:]

    init() {}

    subscript(name: String) -> Log? { logs[ByteText(name)] }

    var count: Int { logs.count }
    var isEmpty: Bool { logs.isEmpty }

    /// By name.
    var sorted: [Log] {
        logs.sorted { $0.key.string.utf8.lexicographicallyPrecedes($1.key.string.utf8) }.map(\.value)
    }

    /// Whether a queue is a target of an event log.
    func contains(_ queue: GroupID) -> Bool { names[queue] != nil }

    /// The target of a rule that a queue of an event log stands for; nil for any other queue.
    func target(_ queue: GroupID) -> EventRule.Target? {
        log(of: queue)?.targets.first { $0.id == queue }.map { .log($0.log, retention: $0.retention) }
    }

    /// The event log to which a queue belongs; nil for any other queue.
    func log(of queue: GroupID) -> Log? { names[queue].flatMap { logs[$0] } }

    mutating func set(_ target: BrokerRecord.EventLogTarget) {
        let name = ByteText(target.log)
        let isNew = logs[name] == nil
        var log = logs[name] ?? Log(name: target.log, retention: EventLog.defaultRetention)
        // Of a rule that is not there yet it takes force with that.
        if isNew || names[target.id] != nil, let retention = target.retention { log.retention = retention }
        if let known = log.targets.firstIndex(where: { $0.id == target.id }) {
            log.targets[known] = target
        } else {
            log.targets.append(target)
        }
        logs[name] = log
        names[target.id] = name
    }

    /// A rule has these targets now: what it says of the retention of event logs takes force.
    mutating func enforce(_ targets: [GroupID]) {
        for id in targets {
            guard let name = names[id], let retention = logs[name]?.targets.first(where: { $0.id == id })?.retention
            else { continue }
            logs[name]?.retention = retention
        }
    }

    /// A queue goes; its event log stays.
    /// - Returns: Whether it was a target of one.
    mutating func remove(_ queue: GroupID) -> Bool {
        guard let name = names.removeValue(forKey: queue) else { return false }
        logs[name]?.targets.removeAll { $0.id == queue }
        return true
    }

    /// Forgets an event log that has no targets.
    mutating func remove(log name: String) {
        if logs[ByteText(name)]?.targets.isEmpty == true { logs[ByteText(name)] = nil }
    }

    // MARK: Form in a checkpoint

    func encode(into writer: inout BinaryBuilder) {
        writer.write(UInt32(logs.count))
        for log in sorted {
            writer.write(log.name)
            writer.write(log.retention.wholeMicroseconds)
            writer.write(UInt32(log.targets.count))
            for target in log.targets { target.encode(into: &writer) }
        }
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        for _ in 0..<(try reader.number() as UInt32) {
            let name = try reader.text() ?? ""
            let retention = Duration.microseconds(try reader.number() as Int64)
            for _ in 0..<(try reader.number() as UInt32) { set(try BrokerRecord.EventLogTarget(&reader)) }
            logs[ByteText(name), default: Log(name: name, retention: retention)].retention = retention
        }
    }
}
