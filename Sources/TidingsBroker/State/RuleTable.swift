import Tidings
import TidingsRouting

/// The rules, by name. A rule that is declared anew is the next version of it.
struct RuleTable: Sendable {
    /// How many rules there may be.
    static let limit = 20_000

    private(set) var rules: [ByteText: BrokerRecord.Rule] = [:]

    subscript(name: String) -> BrokerRecord.Rule? { rules[ByteText(name)] }

    var count: Int { rules.count }

    mutating func set(_ rule: BrokerRecord.Rule) { rules[ByteText(rule.name)] = rule }

    mutating func remove(_ name: String) { rules[ByteText(name)] = nil }

    /// The rules that have a queue among their targets.
    func rules(to queue: GroupID) -> [BrokerRecord.Rule] { rules.values.filter { $0.targets.contains(queue) } }

    /// A queue is gone: no rule has it for a target.
    mutating func forget(_ queue: GroupID) {
        for var rule in rules(to: queue) {
            rule.targets.removeAll { $0 == queue }
            set(rule)
        }
    }

    /// By name.
    var sorted: [BrokerRecord.Rule] {
        rules.sorted { $0.key.string.utf8.lexicographicallyPrecedes($1.key.string.utf8) }.map(\.value)
    }

    func encode(into writer: inout BinaryBuilder) {
        writer.write(UInt32(rules.count))
        for rule in sorted { rule.encode(into: &writer) }
    }

    init() {}

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        for _ in 0..<(try reader.number() as UInt32) { set(try BrokerRecord.Rule(&reader)) }
    }
}
