import Tidings
import TidingsRouting

/// What there is of all that can be declared: copied under the lock, and compared without it.
struct DeclarationInventory {
    /// A queue, archive or consumer group.
    struct Entry: Sendable {
        let id: GroupID
        let name: String
        /// Nil for what is no queue.
        let declaration: QueueState.Declaration?
        /// Nil for what is no archive.
        let archive: EventArchive?

        /// Whether it is made by being declared.
        var isDeclared: Bool { declaration != nil || archive != nil }
    }

    let entries: [Entry]
    let rules: RuleTable
    let alarms: AlarmTable
    private let eventLogs: EventLogTable
    private let indices: [ByteText: Int]
    private let names: [GroupID: String]

    init(_ entries: [Entry], _ rules: RuleTable, _ alarms: AlarmTable, _ eventLogs: EventLogTable) {
        self.entries = entries
        self.eventLogs = eventLogs
        self.rules = rules
        self.alarms = alarms
        indices = Dictionary(
            entries.enumerated().map { (ByteText($1.name), $0) }, uniquingKeysWith: { first, _ in first })
        names = Dictionary(entries.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(name: String) -> Entry? { indices[ByteText(name)].map { entries[$0] } }

    func name(of id: GroupID?) -> String? { id.flatMap { names[$0] } }

    /// The rule of a name, as code would declare it.
    func rule(named name: String) -> EventRule? {
        rules[name].map { rule in
            EventRule(
                rule.name, rule.pattern, to: rule.targets.compactMap(target), isEnabled: rule.isEnabled,
                description: rule.description)
        }
    }

    private func target(_ id: GroupID) -> EventRule.Target? {
        eventLogs.target(id) ?? names[id].map { .queue($0) }
    }
}

extension BrokerState {
    /// What there is of all that can be declared.
    var declarable:
        (
            entries: [DeclarationInventory.Entry], rules: RuleTable, alarms: AlarmTable, eventLogs: EventLogTable
        )
    {
        let entries = groupIDs.map { id in
            DeclarationInventory.Entry(
                id: id, name: groups[id].durable.name, declaration: groups[id].durable.declaration,
                archive: groups[id].durable.archive)
        }
        return (entries, durable.rules, durable.alarms, durable.eventLogs)
    }

    /// Removes a queue or archive that holds no event and that nobody uses; nil if there is none, or it is not so.
    func proposeRemoval(ofUnused name: String) throws(TidingsError) -> (group: GroupID, record: [UInt8])? {
        try checkOpen()
        guard let group = durable.groupByName[ByteText(name)] else { return nil }
        let (queue, members) = (groups[group].durable, groups[group].live.members)
        guard queue.declaration != nil || queue.isArchive, queue.unsettled.isEmpty, members == 0 else { return nil }
        if let source = source(ofDeadLetters: group), groups[source].durable.declaration?.deadLetters == group {
            return nil
        }
        let isReplayed = durable.replays.entries.contains { entry in
            entry.state == .running && (entry.replay.archive == group || entry.replay.targets.contains(group))
        }
        return isReplayed ? nil : (group, BrokerRecord.removal(of: group))
    }
}

extension QueueState {
    /// The archive that it is, as code would declare it; nil if it is none.
    fileprivate var archive: EventArchive? {
        guard let archiveRetention, let pattern else { return nil }
        return EventArchive(name, pattern, retention: archiveRetention)
    }
}
