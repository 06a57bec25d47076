import Tidings
import TidingsRouting

extension Declarations {
    /// Checks what can be checked without a bus: ranges, and that no declaration contradicts another one.
    /// - Throws: `TidingsError` with code `invalid` that names the declaration.
    func validate() throws(TidingsError) {
        let owners = Dictionary(
            queues.map { ($0.deadLetterQueue, $0.name) }, uniquingKeysWith: { first, _ in first })
        for queue in queues {
            try Self.naming(.queue, queue.name) { () throws(TidingsError) in try Self.check(queue, owners) }
        }
        for rule in rules {
            try Self.naming(.rule, rule.name) { () throws(TidingsError) in try Self.check(rule, owners) }
        }
        for archive in archives {
            try Self.naming(.archive, archive.name) { () throws(TidingsError) in
                try archive.validate()
                try Self.check("retention", archive.retention)
            }
        }
        for alarm in alarms { try Self.naming(.alarm, alarm.name) { () throws(TidingsError) in try alarm.validate() } }
        try Self.checkNames(.queue, queues.map(\.name))
        try Self.checkNames(.rule, rules.map(\.name))
        try Self.checkNames(.archive, archives.map(\.name))
        try Self.checkNames(.alarm, alarms.map(\.name))
        try checkQueueNames()
        _ = try eventLogs()
    }

    /// What the rules say of the retention of event logs, by their names.
    /// - Throws: `TidingsError` with code `invalid` if two rules say different things of one.
    private func eventLogs() throws(TidingsError) -> [ByteText: (retention: Duration, rule: String)] {
        var stated: [ByteText: (retention: Duration, rule: String)] = [:]
        for rule in rules {
            for case .log(let log) in rule.targets {
                guard let retention = log.retention else { continue }
                let known = stated.updateValue((retention, rule.name), forKey: ByteText(log.name))
                if let known, known.retention != retention {
                    throw TidingsError(
                        .invalid,
                        "rule \(rule.name.debugDescription) cannot be declared: it keeps event log \(log.name) for "
                            + "\(retention.inWords), and rule \(known.rule) for \(known.retention.inWords)")
                }
            }
        }
        return stated
    }

    /// Refuses a retention of an event log of which a rule that stays says something else.
    fileprivate func checkEventLogs(beside found: [EventRule]) throws(TidingsError) {
        let (stated, declared) = (try eventLogs(), Set(rules.map { ByteText($0.name) }))
        for rule in found where !declared.contains(ByteText(rule.name)) {
            for case .log(let log) in rule.targets {
                guard let retention = log.retention, let wanted = stated[ByteText(log.name)],
                    wanted.retention != retention
                else { continue }
                throw TidingsError(
                    .invalid,
                    "rule \(wanted.rule.debugDescription) cannot be declared: it keeps event log \(log.name) for "
                        + "\(wanted.retention.inWords), and rule \(rule.name), which stays, for \(retention.inWords)")
            }
        }
    }

    /// Calls a body; an error of it names a declaration.
    static func naming(
        _ kind: DeclarationDifference.Kind, _ name: String, _ body: () throws(TidingsError) -> Void
    ) throws(TidingsError) {
        do {
            try body()
        } catch {
            throw TidingsError(
                error.code, "\(kind) \(name.debugDescription) cannot be declared: \(error.message)", cause: error.cause)
        }
    }

    /// - Parameter owners: The declared queues by their dead-letter queues.
    private static func check(_ queue: EventQueue, _ owners: [ByteText: String]) throws(TidingsError) {
        try queue.options.validate(of: queue.name)
        try check("visibilityTimeout", queue.options.visibilityTimeout)
        try check("retention", queue.options.retention)
        if queue.options.deadLetterQueue != nil, let owner = owners[ByteText(queue.name)] {
            throw TidingsError(.invalid, "it gets the dead letters of \(owner) and has no dead-letter queue itself")
        }
        if let other = owners[queue.deadLetterQueue], ByteText(other) != ByteText(queue.name) {
            throw TidingsError(
                .invalid,
                "\(queue.deadLetterQueue.string) is the dead-letter queue of \(other) as well; each has its own")
        }
    }

    private static func check(_ rule: EventRule, _ owners: [ByteText: String]) throws(TidingsError) {
        try rule.validate()
        var seen: Set<ByteText> = []
        var logs: Set<ByteText> = []
        for case .log(let log) in rule.targets {
            try log.validate()
            guard logs.insert(ByteText(log.name)).inserted else {
                throw TidingsError(.invalid, "it names event log \(log.name) twice")
            }
        }
        for name in rule.queueNames {
            if let owner = owners[ByteText(name)] {
                throw TidingsError(
                    .invalid, "\(name) gets the dead letters of \(owner) and cannot be a target of a rule")
            }
            guard seen.insert(ByteText(name)).inserted else {
                throw TidingsError(.invalid, "it names queue \(name) twice")
            }
        }
    }

    private static func check(_ property: String, _ duration: Duration) throws(TidingsError) {
        // What is kept is whole microseconds, and what is compared with it has to be the same.
        guard .microseconds(duration.microseconds) == duration else {
            throw TidingsError(.invalid, "\(property) is \(duration); it is a whole number of microseconds")
        }
    }

    private static func checkNames(_ kind: DeclarationDifference.Kind, _ names: [String]) throws(TidingsError) {
        var seen: Set<ByteText> = []
        for name in names where !seen.insert(ByteText(name)).inserted {
            throw TidingsError(.invalid, "\(kind) \(name) is declared twice")
        }
    }

    /// Queues, their dead-letter queues and archives share their names.
    private func checkQueueNames() throws(TidingsError) {
        let taken = Set(queues.map { ByteText($0.name) }).union(deadLetterQueues)
        for archive in archives where taken.contains(ByteText(archive.name)) {
            throw TidingsError(
                .invalid,
                "archive \(archive.name) cannot be declared: a queue has the same name, or its dead-letter queue")
        }
    }
}

extension BrokerEngine {
    /// Checks that declarations can be applied to what is there now. Nothing is changed.
    /// - Throws: `TidingsError` that names the declaration.
    func check(
        _ declarations: Declarations, _ inventory: DeclarationInventory, _ undeclared: UndeclaredPolicy
    ) throws(TidingsError) {
        let now = environment.now()
        for queue in declarations.queues {
            try check(.queue, queue.name) { state throws(TidingsError) in
                _ = try state.proposeQueue(queue.name, queue.options)
            }
        }
        for archive in declarations.archives {
            try check(.archive, archive.name) { state throws(TidingsError) in _ = try state.proposeArchive(archive) }
        }
        for alarm in declarations.alarms {
            try check(.alarm, alarm.name) { state throws(TidingsError) in _ = try state.proposeAlarm(alarm, at: now) }
        }
        let declared = Set(declarations.queues.map { ByteText($0.name) })
        for rule in declarations.rules {
            let others = rule.queueNames.filter { !declared.contains(ByteText($0)) }
            try check(.rule, rule.name) { state throws(TidingsError) in
                _ = try state.queues(named: others, of: "rule \(rule.name)")
                if undeclared != .kept, let other = others.first {
                    throw TidingsError(
                        .invalid, "its queue \(other) is not declared and would be removed; declare the queue as well")
                }
            }
        }
        if undeclared == .kept { try declarations.checkEventLogs(beside: read { $0.rules }) }
        for rule in declarations.rules {
            try check(.rule, rule.name) { state throws(TidingsError) in try state.checkEventLogs(of: rule) }
        }
        try declarations.checkLimits(inventory)
        if undeclared == .removedWithEvents {
            let names = Set(declarations.archives.map { ByteText($0.name) })
            for archive in inventory.entries.compactMap(\.archive) where !names.contains(ByteText(archive.name)) {
                _ = try read { state throws(TidingsError) in try state.proposeRemoval(ofArchive: archive.name)?.record }
            }
        }
    }

    private func check(
        _ kind: DeclarationDifference.Kind, _ name: String,
        _ body: (borrowing BrokerState) throws(TidingsError) -> Void
    ) throws(TidingsError) {
        try Declarations.naming(kind, name) { () throws(TidingsError) in
            try read { state throws(TidingsError) in try body(state) }
        }
    }
}

extension Declarations {
    /// Checks that all fits beside what is there, of which nothing is removed before.
    fileprivate func checkLimits(_ inventory: DeclarationInventory) throws(TidingsError) {
        let queues = Set(queues.map { ByteText($0.name) }).union(deadLetterQueues)
            .union(archives.map { ByteText($0.name) })
        try Self.check(
            queues.count { inventory[$0.string] == nil }, beside: inventory.entries.count, DurableState.groupLimit,
            "queues, archives and consumer groups")
        try Self.check(
            rules.count { inventory.rules[$0.name] == nil }, beside: inventory.rules.count, RuleTable.limit, "rules")
        try Self.check(
            alarms.count { inventory.alarms[$0.name] == nil }, beside: inventory.alarms.count, AlarmTable.limit,
            "alarms")
    }

    private static func check(
        _ new: Int, beside count: Int, _ limit: Int, _ what: String
    ) throws(TidingsError) {
        guard count + new <= limit else {
            throw TidingsError(
                .overloaded, "the bus has \(count) \(what), and \(new) more are declared; it can have \(limit)")
        }
    }
}
