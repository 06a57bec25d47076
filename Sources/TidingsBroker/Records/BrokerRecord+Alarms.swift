import Tidings

extension BrokerRecord {
    /// An alarm is declared, or declared otherwise, or removed.
    package struct Alarm: Sendable {
        let name: String
        let time: Timestamp
        /// Nil if it is removed.
        let alarm: QueueAlarm?
    }

    /// An alarm is raised or cleared.
    package struct AlarmChange: Sendable {
        let name: String
        let time: Timestamp
        let isRaised: Bool
    }
}

// MARK: Form in the log

extension BrokerRecord.Alarm {
    /// The record's bytes.
    package func encoded() -> [UInt8] {
        var writer = BinaryBuilder()
        writer.write(BrokerRecord.Kind.alarm.rawValue)
        writer.write(name)
        writer.write(time.microseconds)
        writer.write(alarm == nil ? 0 : 1 as UInt8)
        alarm?.encode(into: &writer)
        return writer.bytes
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        name = try reader.text() ?? ""
        time = Timestamp(microseconds: try reader.number())
        alarm = try reader.byte() == 0 ? nil : QueueAlarm(&reader, named: name)
    }
}

extension BrokerRecord.AlarmChange {
    /// The record's bytes.
    package func encoded() -> [UInt8] {
        var writer = BinaryBuilder()
        writer.write(BrokerRecord.Kind.alarmChange.rawValue)
        writer.write(name)
        writer.write(time.microseconds)
        writer.write(isRaised ? 1 : 0 as UInt8)
        return writer.bytes
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        name = try reader.text() ?? ""
        time = Timestamp(microseconds: try reader.number())
        isRaised = try reader.byte() == 1
    }
}

extension QueueAlarm {
    /// All but the name.
    func encode(into writer: inout BinaryBuilder) {
        writer.write(condition.kind.rawValue)
        writer.write(condition.threshold)
        writer.write(queue)
        writer.write(description)
    }

    init(_ reader: inout BinaryReader, named name: String) throws(TidingsError) {
        let kind = try reader.byte()
        guard let known = Condition.Kind(rawValue: kind) else {
            throw TidingsError(.corrupt, "alarm \(name) has condition \(kind), which this version does not know")
        }
        let condition = Condition(known, threshold: try reader.number())
        let queue = try reader.text()
        self.init(name, condition, of: queue, description: try reader.text() ?? "")
    }
}
