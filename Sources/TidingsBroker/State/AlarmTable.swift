import Tidings
import TidingsRouting

/// The alarms, by name, and whether each is raised.
struct AlarmTable: Sendable {
    /// How many alarms there may be.
    static let limit = 1000

    /// An alarm and its state.
    struct Entry: Sendable {
        var alarm: QueueAlarm
        var isRaised = false
        /// When it came into this state.
        var since: Timestamp
    }

    private var entries: [ByteText: Entry] = [:]

    subscript(name: String) -> Entry? { entries[ByteText(name)] }

    var count: Int { entries.count }

    /// By name.
    var sorted: [Entry] {
        entries.sorted { $0.key.string.utf8.lexicographicallyPrecedes($1.key.string.utf8) }.map(\.value)
    }

    /// An alarm is declared or removed. One that watches something else than before begins anew.
    mutating func set(_ record: BrokerRecord.Alarm) {
        let name = ByteText(record.name)
        guard let alarm = record.alarm else {
            entries[name] = nil
            return
        }
        if let known = entries[name], known.alarm.watchesLike(alarm) {
            entries[name]?.alarm = alarm
        } else {
            entries[name] = Entry(alarm: alarm, since: record.time)
        }
    }

    /// An alarm is raised or cleared.
    mutating func set(_ change: BrokerRecord.AlarmChange) {
        entries[ByteText(change.name)]?.isRaised = change.isRaised
        entries[ByteText(change.name)]?.since = change.time
    }
}

extension AlarmTable {
    func encode(into writer: inout BinaryBuilder) {
        writer.write(UInt32(entries.count))
        for entry in sorted {
            writer.write(entry.alarm.name)
            entry.alarm.encode(into: &writer)
            writer.write(entry.isRaised ? 1 : 0 as UInt8)
            writer.write(entry.since.microseconds)
        }
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        for _ in 0..<(try reader.number() as UInt32) {
            let name = try reader.text() ?? ""
            let alarm = try QueueAlarm(&reader, named: name)
            let isRaised = try reader.byte() == 1
            entries[ByteText(name)] = Entry(
                alarm: alarm, isRaised: isRaised, since: Timestamp(microseconds: try reader.number()))
        }
    }
}

extension DurableState {
    mutating func apply(_ alarm: BrokerRecord.Alarm, at position: RecordPosition) throws(TidingsError) {
        guard alarm.alarm == nil || alarms[alarm.name] != nil || alarms.count < AlarmTable.limit else {
            throw TidingsError(
                .corrupt, "the record at \(position) declares an alarm beyond the \(AlarmTable.limit) that there can be"
            )
        }
        alarms.set(alarm)
    }

    mutating func apply(_ change: BrokerRecord.AlarmChange, at position: RecordPosition) throws(TidingsError) {
        guard alarms[change.name] != nil else {
            throw TidingsError(.corrupt, "the record at \(position) changes alarm \(change.name), which is not there")
        }
        alarms.set(change)
    }
}
