import Tidings

extension BrokerRecord {
    /// What a rule gives to an event log is a queue without a name, of which this is the number.
    package struct EventLogTarget: Sendable {
        package let id: GroupID
        /// The name of the event log.
        let log: String
        /// The name of the rule.
        let rule: String
        /// The retention that the rule states; nil if it states none.
        let retention: Duration?
    }

    /// Which event logs there are.
    package enum EventLogChange: Sendable {
        /// A rule has an event log for a target, or states another retention.
        case target(EventLogTarget)
        /// Nothing is left of the event log of this name: no target, and no file.
        case removal(String)
    }
}

extension BrokerRecord.EventLogChange {
    /// The record's bytes.
    package func encoded() -> [UInt8] {
        var writer = BinaryBuilder()
        writer.write(BrokerRecord.Kind.eventLog.rawValue)
        switch self {
        case .target(let target):
            writer.write(0 as UInt8)
            target.encode(into: &writer)
        case .removal(let log):
            writer.write(1 as UInt8)
            writer.write(log)
        }
        return writer.bytes
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        let what = try reader.byte()
        switch what {
        case 0: self = .target(try BrokerRecord.EventLogTarget(&reader))
        case 1: self = .removal(try reader.text() ?? "")
        default:
            throw TidingsError(.corrupt, "event logs have changed in a way, \(what), that this version does not know")
        }
    }
}

extension BrokerRecord.EventLogTarget {
    func encode(into writer: inout BinaryBuilder) {
        writer.write(id.number)
        writer.write(log)
        writer.write(rule)
        writer.write(retention?.wholeMicroseconds ?? 0)
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        id = GroupID(number: try reader.number())
        log = try reader.text() ?? ""
        rule = try reader.text() ?? ""
        let retention: Int64 = try reader.number()
        self.retention = retention == 0 ? nil : .microseconds(retention)
    }
}
