import Tidings
import TidingsRouting

extension Declarations {
    /// The names of the dead-letter queues that the declared queues have. One that is declared itself has none.
    var deadLetterQueues: Set<ByteText> {
        let all = Set(queues.map(\.deadLetterQueue))
        return Set(queues.filter { !all.contains(ByteText($0.name)) }.map(\.deadLetterQueue))
    }

    /// What is not as it is declared: queues, archives, rules and alarms, each in the order of the declarations, and behind
    /// the declared ones those that are not, by name.
    func differences(from inventory: DeclarationInventory) -> [DeclarationDifference] {
        let letters = deadLetterQueues
        var differences = queues.compactMap { difference(of: $0, letters, from: inventory) }
        let found = inventory.entries.filter { $0.declaration != nil && !letters.contains(ByteText($0.name)) }
        differences += undeclared(.queue, queues.map(\.name), found.map(\.name))
        differences += archives.compactMap { archive in
            Self.difference(.archive, archive.name, inventory[archive.name]?.archive, archive.differences)
        }
        differences += undeclared(.archive, archives.map(\.name), inventory.entries.compactMap(\.archive?.name))
        differences += rules.compactMap { rule in
            Self.difference(.rule, rule.name, inventory.rule(named: rule.name), rule.differences)
        }
        differences += undeclared(.rule, rules.map(\.name), inventory.rules.sorted.map(\.name))
        differences += alarms.compactMap { alarm in
            Self.difference(.alarm, alarm.name, inventory.alarms[alarm.name]?.alarm, alarm.differences)
        }
        return differences + undeclared(.alarm, alarms.map(\.name), inventory.alarms.sorted.map(\.alarm.name))
    }

    private func difference(
        of queue: EventQueue, _ letters: Set<ByteText>, from inventory: DeclarationInventory
    ) -> DeclarationDifference? {
        Self.difference(.queue, queue.name, inventory[queue.name]?.declaration) { found in
            var properties = queue.options.differences(from: found.options)
            // A dead-letter queue has none itself.
            if found.source == nil, !letters.contains(ByteText(queue.name)) {
                properties += [
                    DeclarationDifference.Property(
                        "deadLetterQueue", declared: queue.options.deadLetterQueue(of: queue.name),
                        found: inventory.name(of: found.deadLetters) ?? "none")
                ].compactMap(\.self)
            }
            return properties
        }
    }

    private static func difference<Found>(
        _ kind: DeclarationDifference.Kind, _ name: String, _ found: Found?,
        _ compare: (Found) -> [DeclarationDifference.Property]
    ) -> DeclarationDifference? {
        guard let found else { return DeclarationDifference(kind: kind, name: name, difference: .missing) }
        let properties = compare(found)
        return properties.isEmpty
            ? nil : DeclarationDifference(kind: kind, name: name, difference: .differs(properties))
    }

    private func undeclared(
        _ kind: DeclarationDifference.Kind, _ declared: [String], _ found: [String]
    ) -> [DeclarationDifference] {
        let declared = Set(declared.map { ByteText($0) })
        return found.filter { !declared.contains(ByteText($0)) }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .map { DeclarationDifference(kind: kind, name: $0, difference: .undeclared) }
    }
}

extension QueueOptions {
    /// What is compared, but for the dead-letter queue, whose name depends on that of the queue.
    private static let compared: [(name: String, text: @Sendable (QueueOptions) -> String)] = [
        ("visibilityTimeout", { $0.visibilityTimeout.inWords }),
        ("retention", { $0.retention.inWords }),
        ("delay", { $0.delay.inWords }),
        ("maximumReceives", { "\($0.maximumReceives)" }),
        ("ordering", { "\($0.ordering)" }),
    ]

    /// The names of the properties that are compared, for the test that sees one forgotten.
    package static var comparedProperties: [String] { compared.map(\.name) + ["deadLetterQueue"] }

    fileprivate func differences(from found: QueueOptions) -> [DeclarationDifference.Property] {
        Self.compared.compactMap { property in
            DeclarationDifference.Property(
                property.name, declared: property.text(self), found: property.text(found))
        }
    }
}

extension EventArchive {
    fileprivate func differences(from found: EventArchive) -> [DeclarationDifference.Property] {
        [
            pattern.difference(from: found.pattern),
            DeclarationDifference.Property(
                "retention", declared: retention.inWords, found: found.retention.inWords),
        ].compactMap(\.self)
    }
}

extension EventRule {
    private var targetTexts: [String] {
        targets.map { target in
            guard case .log(let log) = target, let retention = log.retention else { return target.description }
            return "\(target) for \(retention.inWords)"
        }
    }

    fileprivate func differences(from found: EventRule) -> [DeclarationDifference.Property] {
        [
            pattern.difference(from: found.pattern),
            // In which order they stand makes no difference.
            Set(targetTexts.map { ByteText($0) }) == Set(found.targetTexts.map { ByteText($0) })
                ? nil
                : DeclarationDifference.Property(
                    name: "targets", declared: targetTexts.joined(separator: ", "),
                    found: found.targetTexts.joined(separator: ", ")),
            DeclarationDifference.Property("isEnabled", declared: "\(isEnabled)", found: "\(found.isEnabled)"),
            .ofDescription(description, found.description),
        ].compactMap(\.self)
    }
}

extension QueueAlarm {
    fileprivate func differences(from found: QueueAlarm) -> [DeclarationDifference.Property] {
        [
            DeclarationDifference.Property(
                "condition", declared: "\(condition)", found: "\(found.condition)"),
            DeclarationDifference.Property(
                "queue", declared: queue?.debugDescription ?? "all", found: found.queue?.debugDescription ?? "all"),
            .ofDescription(description, found.description),
        ].compactMap(\.self)
    }
}

extension EventPattern {
    fileprivate func difference(from found: EventPattern) -> DeclarationDifference.Property? {
        self == found
            ? nil : DeclarationDifference.Property(name: "pattern", declared: description, found: found.description)
    }
}

extension DeclarationDifference.Property {
    fileprivate static func ofDescription(_ declared: String, _ found: String) -> Self? {
        Self("description", declared: declared.debugDescription, found: found.debugDescription)
    }
}
