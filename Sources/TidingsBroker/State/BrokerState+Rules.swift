package import Tidings
import TidingsRouting

extension BrokerState {
    /// What a pattern of the routes belongs to.
    enum RouteSource: Hashable, Sendable {
        case group(GroupID)
        case rule(ByteText)
    }

    /// The patterns of the groups and rules that there are.
    static func routes(of durable: DurableState) -> TargetedRoutes<RouteSource, GroupID> {
        var routes = TargetedRoutes<RouteSource, GroupID>()
        for id in durable.groups.ids {
            if let pattern = durable.groups[id].durable.pattern { routes.set(pattern, for: .group(id), to: [id]) }
        }
        for rule in durable.rules.sorted { set(rule, in: &routes) }
        return routes
    }

    private static func set(_ rule: BrokerRecord.Rule, in routes: inout TargetedRoutes<RouteSource, GroupID>) {
        let source = RouteSource.rule(ByteText(rule.name))
        if rule.isEnabled, !rule.targets.isEmpty {
            routes.set(rule.pattern, for: source, to: rule.targets)
        } else {
            routes.remove(source)
        }
    }

    /// What is to be logged so that a rule is as it is declared; nothing if it is so already.
    package struct RuleProposal: Sendable {
        /// What it gives to event logs, before the rule.
        package let logs: [BrokerRecord.EventLogTarget]
        package let rule: BrokerRecord.Rule?
    }

    /// - Parameter isDecided: Whether what it says of event logs holds, whatever other rules have stated: for declarations,
    ///   which agree among themselves and change one rule after the other.
    package func proposeRule(_ rule: EventRule, isDecided: Bool = false) throws(TidingsError) -> RuleProposal {
        try checkOpen()
        try rule.validate()
        let known = durable.rules[rule.name]
        guard known != nil || durable.rules.count < RuleTable.limit else {
            throw TidingsError(.overloaded, "the bus has \(RuleTable.limit) rules, which is the most it can have")
        }
        let (targets, logs) = try targets(of: rule, isDecided: isDecided)
        let isSame = known.map {
            $0.pattern == rule.pattern && $0.targets == targets && $0.isEnabled == rule.isEnabled
                && $0.description.utf8.elementsEqual(rule.description.utf8)
        }
        if isSame == true { return RuleProposal(logs: logs, rule: nil) }
        return RuleProposal(
            logs: logs,
            rule: BrokerRecord.Rule(
                name: rule.name, version: (known?.version ?? 0) + 1, pattern: rule.pattern, targets: targets,
                isEnabled: rule.isEnabled, description: rule.description))
    }

    /// The queues of the targets of a rule, in their order, and those for event logs that are to be declared.
    private func targets(
        of rule: EventRule, isDecided: Bool
    ) throws(TidingsError) -> (queues: [GroupID], logs: [BrokerRecord.EventLogTarget]) {
        try checkEventLogs(of: rule)
        var (queues, logs) = ([GroupID](), [BrokerRecord.EventLogTarget]())
        for target in rule.targets {
            let queue: GroupID
            switch target {
            case .queue(let name): queue = try self.target(name, of: "rule \(rule.name)")
            case .log(let log):
                let declared: BrokerRecord.EventLogTarget?
                let new = logs.count { !groups.contains($0.id) }
                (queue, declared) = try self.target(log, of: rule.name, behind: new, isDecided: isDecided)
                guard !logs.contains(where: { ByteText($0.log) == ByteText(log.name) }) else {
                    throw TidingsError(.invalid, "rule \(rule.name) names event log \(log.name) twice")
                }
                if let declared { logs.append(declared) }
            }
            guard !queues.contains(queue) else {
                throw TidingsError(.invalid, "rule \(rule.name) names \(target) twice")
            }
            queues.append(queue)
        }
        return (queues, logs)
    }

    /// The queues to which a replay brings events.
    func queues(named names: [String], of what: String) throws(TidingsError) -> [GroupID] {
        var targets: [GroupID] = []
        for name in names {
            let queue = try target(name, of: what)
            guard !targets.contains(queue) else { throw TidingsError(.invalid, "\(what) names queue \(name) twice") }
            targets.append(queue)
        }
        return targets
    }

    private func target(_ name: String, of what: String) throws(TidingsError) -> GroupID {
        let queue = try queue(named: name)
        guard groups[queue].durable.declaration?.source == nil else {
            throw TidingsError(.invalid, "\(name) gets dead letters and cannot be a target of \(what)")
        }
        return queue
    }

    package mutating func commit(_ rule: BrokerRecord.Rule, _ record: StagedRecord) {
        rulesDefinedBy = record.ordinal
        durable.set(rule)
        Self.set(rule, in: &routes)
        routesVersion += 1
    }

    /// The record that removes a rule; nil if there is none of this name.
    package func proposeRemoval(ofRule name: String) throws(TidingsError) -> [UInt8]? {
        try checkOpen()
        return durable.rules[name] == nil ? nil : BrokerRecord.removal(ofRule: name)
    }

    package mutating func commit(removalOfRule name: String, _ record: StagedRecord) {
        rulesDefinedBy = record.ordinal
        durable.removeRule(name)
        routes.remove(.rule(ByteText(name)))
        routesVersion += 1
    }

    /// A queue is about to go: no rule has it for a target any more.
    mutating func forgetTarget(_ queue: GroupID) {
        let concerned = durable.rules.rules(to: queue)
        for var rule in concerned {
            rule.targets.removeAll { $0 == queue }
            Self.set(rule, in: &routes)
        }
    }

    /// The rules, by name.
    package var rules: [EventRule] {
        durable.rules.sorted.map { rule in
            EventRule(
                rule.name, rule.pattern, to: rule.targets.map(target), isEnabled: rule.isEnabled,
                description: rule.description)
        }
    }

    private func target(_ queue: GroupID) -> EventRule.Target {
        durable.eventLogs.target(queue) ?? .queue(groups[queue].durable.name)
    }
}
