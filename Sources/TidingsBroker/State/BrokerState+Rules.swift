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

    /// The record that makes a rule as it is declared; nil if it is so already.
    package func proposeRule(_ rule: EventRule) throws(TidingsError) -> BrokerRecord.Rule? {
        try checkOpen()
        try rule.validate()
        let known = durable.rules[rule.name]
        guard known != nil || durable.rules.count < RuleTable.limit else {
            throw TidingsError(.overloaded, "the bus has \(RuleTable.limit) rules, which is the most it can have")
        }
        let targets = try queues(named: rule.queues, of: "rule \(rule.name)")
        let isSame = known.map {
            $0.pattern == rule.pattern && $0.targets == targets && $0.isEnabled == rule.isEnabled
                && $0.description.utf8.elementsEqual(rule.description.utf8)
        }
        guard isSame != true else { return nil }
        return BrokerRecord.Rule(
            name: rule.name, version: (known?.version ?? 0) + 1, pattern: rule.pattern, targets: targets,
            isEnabled: rule.isEnabled, description: rule.description)
    }

    /// The queues to which a rule or a replay brings events.
    func queues(named names: [String], of what: String) throws(TidingsError) -> [GroupID] {
        var targets: [GroupID] = []
        for name in names {
            let queue = try queue(named: name)
            guard groups[queue].durable.declaration?.source == nil else {
                throw TidingsError(.invalid, "\(name) gets dead letters and cannot be a target of \(what)")
            }
            guard !targets.contains(queue) else { throw TidingsError(.invalid, "\(what) names queue \(name) twice") }
            targets.append(queue)
        }
        return targets
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
                rule.name, rule.pattern, to: rule.targets.map { groups[$0].durable.name }, isEnabled: rule.isEnabled,
                description: rule.description)
        }
    }
}
