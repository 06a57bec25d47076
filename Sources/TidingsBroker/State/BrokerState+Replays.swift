package import Tidings
import TidingsRouting

extension BrokerState {
    /// How many archived events are looked at before what was found is written.
    private static let replayCount = 10_000

    /// The record that starts a replay.
    /// - Parameter range: The sequences of what was published in its time.
    package func proposeReplay(
        _ replay: EventReplay, in range: Range<UInt64>, at now: Timestamp
    ) throws(TidingsError) -> BrokerRecord.Replay {
        try checkOpen()
        try replay.validate()
        guard durable.replays.entry(named: replay.name) == nil else {
            throw TidingsError(.invalid, "there was a replay named \(replay.name) already; name this one otherwise")
        }
        guard !durable.replays.isFull else {
            throw TidingsError(.overloaded, "too many replays run; cancel one, or wait until one has ended")
        }
        let archive = try archive(named: replay.archive)
        let routes = try routes(of: replay)
        let kept = groups[archive].durable.unsettled
        let range = range.clamped(to: min(kept.first ?? .max, lastShown + 1)..<lastShown + 1)
        let total = kept.count(in: range)
        guard total > 0 else {
            let time = [replay.from.map { " from \($0)" }, replay.to.map { " before \($0)" }].compactMap(\.self)
                .joined()
            throw TidingsError(.invalid, "archive \(replay.archive) holds nothing\(time): there is nothing to replay")
        }
        return BrokerRecord.Replay(
            name: replay.name, archive: archive, pattern: replay.pattern, routes: routes,
            rate: UInt32(replay.rate ?? 0), range: range, total: UInt64(total), time: now)
    }

    /// Which events a replay gives to which queues.
    private func routes(of replay: EventReplay) throws(TidingsError) -> [BrokerRecord.Replay.Route] {
        let what = "replay \(replay.name)"
        switch replay.destination {
        case .queues(let names):
            return [BrokerRecord.Replay.Route(pattern: .all, targets: try queues(named: names, of: what))]
        case .rules(let names):
            guard Set(names.map { ByteText($0) }).count == names.count else {
                throw TidingsError(.invalid, "\(what) names a rule twice")
            }
            return try names.map { name throws(TidingsError) in try route(byRule: name, of: what) }
        }
    }

    private func route(byRule name: String, of what: String) throws(TidingsError) -> BrokerRecord.Replay.Route {
        guard let rule = durable.rules[name] else { throw TidingsError(.invalid, "there is no rule named \(name)") }
        let targets = rule.targets.filter { groups[$0].durable.declaration != nil }
        guard !targets.isEmpty else {
            throw TidingsError(.invalid, "rule \(name) has no queue, to which \(what) could bring events")
        }
        return BrokerRecord.Replay.Route(pattern: rule.pattern, targets: targets)
    }

    package mutating func commit(_ replay: BrokerRecord.Replay) { durable.start(replay) }

    /// A stretch of a replay: archived events that are to be looked at.
    package struct ReplayPlan: Sendable {
        let name: String
        /// Which archived events are replayed, and which of those each route takes.
        let pattern: EventPattern
        let routes: [EventPattern]
        let rate: Int
        let start: UInt64
        let next: UInt64
        package let sequences: [UInt64]
        let reading: Reading
    }

    /// The next stretch of a replay; nil if it has ended.
    package func planReplay(_ name: String) throws(TidingsError) -> ReplayPlan? {
        try checkOpen()
        guard let entry = durable.replays.entry(named: name), entry.state == .running else { return nil }
        let (replay, end) = (entry.replay, entry.replay.range.upperBound)
        let limit = replay.rate == 0 ? Self.replayCount : min(Self.replayCount, max(1, Int(replay.rate)))
        let kept = groups.contains(replay.archive) ? groups[replay.archive].durable.unsettled : SequenceSet()
        var sequences: [UInt64] = []
        var next = kept.next(from: entry.next)
        while let sequence = next, sequence < end, sequences.count < limit {
            sequences.append(sequence)
            next = kept.next(from: sequence + 1)
        }
        let after = next.map { min($0, end) } ?? end
        let patterns = replay.routes.map(\.pattern)
        let isWhole = ([replay.pattern] + patterns).allSatisfy { $0 == .all }
        let reading = isWhole ? Reading() : try self.reading(of: sequences, for: replay.name)
        return ReplayPlan(
            name: name, pattern: replay.pattern, routes: patterns, rate: Int(replay.rate), start: entry.next,
            next: after,
            sequences: sequences,
            reading: reading)
    }

    /// The record of what a stretch has brought by each route; nil if the replay has ended or gone on meanwhile.
    package func proposeStep(
        _ plan: ReplayPlan, _ matched: [[UInt64]], at now: Timestamp
    ) -> BrokerRecord.ReplayStep? {
        guard failure == nil, let entry = durable.replays.entry(named: plan.name), entry.state == .running,
            entry.next == plan.start
        else { return nil }
        // What the archive has forgotten meanwhile the log may not hold any more.
        let archive = entry.replay.archive
        let kept = groups.contains(archive) ? groups[archive].durable.unsettled : SequenceSet()
        return BrokerRecord.ReplayStep(
            name: plan.name, next: plan.next, done: UInt64(plan.sequences.count), time: now,
            events: matched.map { SequenceRuns(sorting: $0.filter(kept.contains)) })
    }

    /// - Returns: The queues that got events.
    package mutating func commit(_ step: BrokerRecord.ReplayStep) -> [GroupID] {
        let came = durable.advance(step)
        for (queue, events) in came {
            for run in events.runs { groups[queue].live.absent?.insert(run) }
        }
        return came.map(\.queue)
    }

    /// The record that cancels a replay; nil if it has ended.
    package func proposeCancellation(
        of name: String, at now: Timestamp
    ) throws(TidingsError) -> BrokerRecord.Cancellation? {
        try checkOpen()
        guard let entry = durable.replays.entry(named: name) else {
            throw TidingsError(.invalid, "there is no replay named \(name)")
        }
        return entry.state == .running ? BrokerRecord.Cancellation(name: name, time: now) : nil
    }

    package mutating func commit(_ cancellation: BrokerRecord.Cancellation) { durable.cancel(cancellation) }

    /// The names of the replays that run.
    package var runningReplays: [String] {
        durable.replays.entries.filter { $0.state == .running }.map(\.replay.name)
    }

    /// The replays that are known, in the order in which they were started.
    package func replays(at now: Timestamp) -> [ReplayStatus] {
        durable.replays.entries.map { entry in
            let replay = entry.replay
            let passed = now - replay.time
            let isMeasured = entry.state == .running && entry.done > 0 && passed > .zero
            let left = Double(replay.total - min(entry.done, replay.total)) / Double(max(entry.done, 1))
            return ReplayStatus(
                name: replay.name,
                archive: groups.contains(replay.archive) ? groups[replay.archive].durable.name : "",
                state: entry.state, started: replay.time, ended: entry.ended, total: Int(replay.total),
                done: min(Int(entry.done), Int(replay.total)), delivered: Int(entry.delivered),
                estimatedEnd: isMeasured ? now + passed * left : nil)
        }
    }
}
