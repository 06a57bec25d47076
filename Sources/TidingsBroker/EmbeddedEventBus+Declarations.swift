import Tidings
import TidingsRouting

extension EmbeddedEventBus {
    /// Compares what is there with what code declares. Changes nothing.
    ///
    /// Of the dead-letter queues that declared queues have, only those that are declared themselves are compared. Consumer
    /// groups are never shown.
    /// - Returns: What is missing, differs, or is there and not declared: queues, archives, rules and alarms in this order,
    ///   of each kind as they are declared and behind them what is not, by name. Empty if all is as it is declared.
    /// - Throws: `TidingsError` with code `invalid` for declarations that are out of range or contradict each other, naming
    ///   the declaration; `closed`, `unavailable`.
    public func differences(from declarations: Declarations) async throws -> [DeclarationDifference] {
        try declarations.validate()
        return try declarations.differences(from: engine.declarable())
    }

    /// Makes queues, archives, rules and alarms as code declares them; durable when this returns. The same twice changes
    /// nothing.
    ///
    /// All is checked before anything is changed, and an error then names the declaration. Then queues are made or changed,
    /// archives, rules and alarms, in this order, and at last is removed what `undeclared` says. Each of these is durable
    /// for itself: if the process ends in between, or the disk is full, or somebody else changes the bus meanwhile, some of
    /// it is done, and applying the same again does the rest.
    ///
    /// - Parameters:
    ///   - declarations: What is wanted.
    ///   - undeclared: What becomes of what is there and not declared. It stays unless said otherwise; what stays is shown
    ///     by ``differences(from:)``. Consumer groups, and dead-letter queues of declared queues, always stay.
    /// - Returns: What was done, in order; empty if there was nothing to do. Dead-letter queues that are made with their
    ///   queues are not listed.
    /// - Throws: `TidingsError` with code `invalid` for declarations that are out of range, contradict each other, or cannot
    ///   stand beside what is there, and for an archive that is to be removed and that a replay reads; `overloaded` for more
    ///   than a bus can have; `unavailable`, `closed`.
    @discardableResult
    public func apply(
        _ declarations: Declarations, undeclared: UndeclaredPolicy = .kept
    ) async throws -> [DeclarationChange] {
        try declarations.validate()
        let inventory = try engine.declarable()
        try engine.check(declarations, inventory, undeclared)
        let differences = declarations.differences(from: inventory)
        var changes: [DeclarationChange] = []
        for step in declarations.steps(for: differences, from: inventory, undeclared) {
            if try await take(step, undeclared) { changes.append(step.change) }
        }
        return changes
    }

    /// - Returns: Whether it was done.
    private func take(_ step: DeclarationStep, _ undeclared: UndeclaredPolicy) async throws -> Bool {
        switch step.what {
        case .queue(let queue): try await engine.declare(queue.name, queue.options)
        case .archive(let archive): try await engine.declare(archive)
        case .rule(let rule): try await engine.declare(rule, isDecided: true)
        case .alarm(let alarm): try await declareAlarm(alarm)
        case .removal:
            let name = step.change.name
            switch step.change.kind {
            case .alarm: try await removeAlarm(name)
            case .rule: try await removeRule(name)
            case .queue, .archive:
                if undeclared == .removedIfUnused { return try await engine.removeUnused(name) }
                if step.change.kind == .queue { try await removeQueue(name) } else { try await removeArchive(name) }
            }
        }
        return true
    }
}

extension BrokerEngine {
    fileprivate func declarable() throws(TidingsError) -> DeclarationInventory {
        let (entries, rules, alarms, eventLogs) = try read { state throws(TidingsError) in
            try state.checkOpen()
            return state.declarable
        }
        return DeclarationInventory(entries, rules, alarms, eventLogs)
    }
}
