package import Tidings
import TidingsRouting

// What rules give to event logs. Nobody takes it: the engine writes the lowest sequences first, says so, and they leave.
extension BrokerState {
    /// How many events are written to an event log at once, at most, and how many entries of its targets are looked at
    /// for that.
    private static let loggedLimit = (events: 2_000, entries: 16_000)

    /// Events that are to be written to an event log.
    package struct EventLogPlan: Sendable {
        /// The log's rules; entries name them by index.
        package let rules: [String]
        /// In order of the sequences.
        package let entries: [(sequence: UInt64, rules: [Int])]
        let reading: Reading
        /// Whether there are as many as may be written at once.
        let isFull: Bool

        package var sequences: [UInt64] { entries.map(\.sequence) }
    }

    /// The queue through which a rule gives events to an event log, and what is to be logged so that it is as declared, if
    /// it is not so already.
    /// - Parameters:
    ///   - new: How many queues the rule makes before this one.
    ///   - isDecided: Whether its retention holds, whatever other rules have stated.
    func target(
        _ log: EventLog, of rule: String, behind new: Int, isDecided: Bool
    ) throws(TidingsError) -> (queue: GroupID, declared: BrokerRecord.EventLogTarget?) {
        let known = durable.eventLogs[log.name]
        let target = known?.targets.first { ByteText($0.rule) == ByteText(rule) }
        if let retention = log.retention, !isDecided {
            for other in known?.targets ?? [] where other.id != target?.id && isInForce(other) {
                guard let stated = other.retention, stated != retention else { continue }
                throw TidingsError(
                    .invalid,
                    "rule \(rule) keeps event log \(log.name) for \(retention), and rule \(other.rule) for \(stated); a log "
                        + "has one retention, which one rule states and the others leave out")
            }
        }
        if let target, target.retention == log.retention { return (target.id, nil) }
        guard target != nil || groups.count + new < DurableState.groupLimit else {
            throw TidingsError(
                .overloaded,
                "the bus has \(groups.count) queues, groups, archives and rules with event logs; it can have "
                    + "\(DurableState.groupLimit)")
        }
        let id = target?.id ?? GroupID(number: groups.nextID.number + UInt32(new))
        return (id, BrokerRecord.EventLogTarget(id: id, log: log.name, rule: rule, retention: log.retention))
    }

    /// Checks the event logs of a rule, and those that it makes against those that there are.
    func checkEventLogs(of rule: EventRule) throws(TidingsError) {
        var names = eventLogNames
        for case .log(let log) in rule.targets {
            try log.validate()
            // Some file systems would put both into one folder.
            if let alike = names.first(where: { $0.lowercased() == log.name.lowercased() }) {
                if ByteText(alike) == ByteText(log.name) { continue }
                throw TidingsError(
                    .invalid, "event log \(log.name) differs from \(alike) in nothing but case; name it otherwise")
            }
            names.append(log.name)
        }
        guard names.count <= EventLogTable.limit else {
            throw TidingsError(
                .overloaded,
                "rule \(rule.name) would make the bus have \(names.count) event logs; it can have \(EventLogTable.limit), and "
                    + "one goes when no rule names it and its last file is too old")
        }
    }

    /// Whether a rule still has a target. One that is not stays until its events are written.
    private func isInForce(_ target: BrokerRecord.EventLogTarget) -> Bool {
        durable.rules[target.rule]?.targets.contains(target.id) ?? false
    }

    /// - Parameter record: The record of the declaration.
    package mutating func commit(_ target: BrokerRecord.EventLogTarget, _ record: StagedRecord) {
        rulesDefinedBy = record.ordinal
        durable.declare(target)
    }

    /// The names of the event logs.
    var eventLogNames: [String] { durable.eventLogs.sorted.map(\.name) }

    /// The names of the event logs among groups that got events.
    func eventLogs(among groups: [GroupID]) -> [String] {
        durable.eventLogs.isEmpty ? [] : groups.compactMap { durable.eventLogs.log(of: $0)?.name }
    }

    // MARK: Writing

    /// The durable events that are to be written next to an event log, the lowest sequences first; nil if there are none.
    package func planLogging(_ name: String) throws(TidingsError) -> EventLogPlan? {
        try checkOpen()
        guard let log = durable.eventLogs[name] else { return nil }
        let limit = max(1, min(Self.loggedLimit.events, Self.loggedLimit.entries / max(1, log.targets.count)))
        var rules: [UInt64: [Int]] = [:]
        for (index, target) in log.targets.enumerated() {
            let unsettled = groups[target.id].durable.unsettled
            var (next, count) = (unsettled.first, 0)
            while let sequence = next, sequence <= lastShown, count < limit {
                rules[sequence, default: []].append(index)
                count += 1
                next = unsettled.next(from: sequence + 1)
            }
        }
        // The lowest of all: what a target has beyond its lowest ones is higher.
        let sequences = rules.keys.sorted().prefix(limit)
        guard !sequences.isEmpty else { return nil }
        return EventLogPlan(
            rules: log.targets.map(\.rule), entries: sequences.map { ($0, rules[$0] ?? []) },
            reading: try reading(of: Array(sequences), for: "event log \(name)"), isFull: sequences.count == limit)
    }

    /// The record that says that events stand in an event log; nil if it has no targets any more. It is always that of the
    /// lowest number, so that what there is no room for is recorded in the order of the sequences.
    package func proposeLogged(_ sequences: [UInt64], in log: String) -> SettlementRecord? {
        durable.eventLogs[log]?.targets.map(\.id).min { $0.number < $1.number }.map { target in
            SettlementRecord(
                kind: .logged,
                settled: BrokerRecord.Sequences(group: target, sequences: SequenceRuns(sorting: sequences)))
        }
    }

    package mutating func commit(logged record: SettlementRecord) { durable.log(record.settled) }

    // MARK: What no rule names any more

    /// Removes a target that no rule has any more and whose events are written; nil if there is none.
    package func proposeRemoval(
        ofTargetOf log: String
    ) throws(TidingsError) -> (group: GroupID, record: [UInt8])? {
        try checkOpen()
        let target = durable.eventLogs[log]?.targets.first {
            !isInForce($0) && groups[$0.id].durable.unsettled.isEmpty
        }
        return target.map { ($0.id, BrokerRecord.removal(of: $0.id)) }
    }

    /// Forgets an event log of which no file is left; nil if a rule still gives it events.
    package func proposeRemoval(ofEventLog log: String) throws(TidingsError) -> [UInt8]? {
        try checkOpen()
        guard durable.eventLogs[log]?.targets.isEmpty == true else { return nil }
        return BrokerRecord.EventLogChange.removal(log).encoded()
    }

    package mutating func commit(removalOfEventLog log: String) { durable.eventLogs.remove(log: log) }

    // MARK: Status

    /// What there is to know of an event log without its files; nil if it is not there.
    func eventLog(_ name: String) -> (retention: Duration, rules: [String], pending: Int)? {
        guard let log = durable.eventLogs[name] else { return nil }
        let unsettled = log.targets.map { groups[$0.id].durable.unsettled }
        let pending = unsettled.reduce(0) { $0 + $1.count - $1.count(in: staged) }
        return (log.retention, log.targets.filter(isInForce).map(\.rule).sorted(), pending)
    }
}
