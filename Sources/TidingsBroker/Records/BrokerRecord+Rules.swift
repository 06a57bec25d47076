import Tidings
import TidingsRouting

extension BrokerRecord {
    /// A rule is declared, or declared otherwise.
    package struct Rule: Sendable {
        let name: String
        /// How often it was declared otherwise, from 1.
        let version: UInt64
        let pattern: EventPattern
        var targets: [GroupID]
        let isEnabled: Bool
        let description: String
    }
}

extension BrokerRecord.Rule {
    /// The record's bytes.
    package func encoded() -> [UInt8] {
        var writer = BinaryBuilder()
        writer.write(BrokerRecord.Kind.rule.rawValue)
        encode(into: &writer)
        return writer.bytes
    }

    func encode(into writer: inout BinaryBuilder) {
        writer.write(name)
        writer.write(version)
        writer.write(pattern.description)
        writer.write(UInt32(targets.count))
        for target in targets { writer.write(target.number) }
        writer.write(isEnabled ? 1 : 0 as UInt8)
        writer.write(description)
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        name = try reader.text() ?? ""
        version = try reader.number()
        pattern = try EventPattern(kept: reader.text() ?? "", of: name)
        var targets: [GroupID] = []
        for _ in 0..<(try reader.number() as UInt32) { targets.append(GroupID(number: try reader.number())) }
        self.targets = targets
        isEnabled = try reader.byte() == 1
        description = try reader.text() ?? ""
    }
}

extension BrokerRecord {
    /// The bytes of the record that removes a rule.
    static func removal(ofRule name: String) -> [UInt8] {
        var writer = BinaryBuilder()
        writer.write(Kind.ruleRemoval.rawValue)
        writer.write(name)
        return writer.bytes
    }
}
