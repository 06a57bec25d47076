import TidingsRouting

/// One step of applying declarations.
struct DeclarationStep {
    enum What {
        case queue(EventQueue)
        case archive(EventArchive)
        case rule(EventRule)
        case alarm(QueueAlarm)
        case removal
    }

    let what: What
    /// What it does.
    let change: DeclarationChange
}

extension Declarations {
    /// The steps that remove differences, in an order that works: queues before their dead-letter queues and before rules
    /// that name them, and what is removed in the end, rules first.
    func steps(
        for differences: [DeclarationDifference], from inventory: DeclarationInventory, _ undeclared: UndeclaredPolicy
    ) -> [DeclarationStep] {
        let letters = deadLetterQueues
        func isDeadLetterQueue(_ name: String) -> Bool { letters.contains(ByteText(name)) }
        // A queue makes its dead-letter queue, which then may get other options.
        let queues = queues.filter { !isDeadLetterQueue($0.name) } + queues.filter { isDeadLetterQueue($0.name) }
        var actions: [DeclarationDifference.Kind: [ByteText: DeclarationChange.Action]] = [:]
        for difference in differences {
            actions[difference.kind, default: [:]][ByteText(difference.name)] = difference.action
        }
        func step(_ what: DeclarationStep.What, _ kind: DeclarationDifference.Kind, _ name: String) -> DeclarationStep?
        {
            actions[kind]?[ByteText(name)].map { action in
                DeclarationStep(what: what, change: DeclarationChange(kind: kind, name: name, action: action))
            }
        }
        var steps = queues.compactMap { step(.queue($0), .queue, $0.name) }
        steps += archives.compactMap { step(.archive($0), .archive, $0.name) }
        steps += rules.compactMap { step(.rule($0), .rule, $0.name) }
        steps += alarms.compactMap { step(.alarm($0), .alarm, $0.name) }
        return undeclared == .kept ? steps : steps + removals(for: differences, from: inventory)
    }

    private func removals(
        for differences: [DeclarationDifference], from inventory: DeclarationInventory
    ) -> [DeclarationStep] {
        let undeclared = differences.filter { $0.difference == .undeclared }
        func removals(
            _ kind: DeclarationDifference.Kind, where isWanted: (String) -> Bool = { _ in true }
        ) -> [DeclarationStep] {
            undeclared.filter { $0.kind == kind && isWanted($0.name) }.map { difference in
                DeclarationStep(
                    what: .removal,
                    change: DeclarationChange(kind: kind, name: difference.name, action: difference.action))
            }
        }
        func getsDeadLetters(_ name: String) -> Bool { inventory[name]?.declaration?.source != nil }
        return removals(.alarm) + removals(.rule) + removals(.queue) { !getsDeadLetters($0) }
            + removals(.queue, where: getsDeadLetters) + removals(.archive)
    }
}

extension DeclarationDifference {
    /// What removes it.
    fileprivate var action: DeclarationChange.Action {
        switch difference {
        case .missing: .made
        case .differs(let properties): .changed(properties)
        case .undeclared: .removed
        }
    }
}
