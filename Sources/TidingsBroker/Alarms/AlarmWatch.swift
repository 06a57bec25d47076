import Logging
import Synchronization
import Tidings
import TidingsRouting

/// Looks at the alarms of a bus while it is open, raises and clears them, and says so in the log.
///
/// One task looks; it ends with this object. While there are no alarms it waits for one.
final class AlarmWatch: Sendable {
    /// How many queues are looked at before other tasks have their turn.
    private static let turnCount = 64

    private struct Known {
        var looks = AlarmLooks()
        /// What the last look has found, with the alarm as it was then.
        var findings: [ByteText: (alarm: QueueAlarm, finding: AlarmFinding)] = [:]
    }

    private enum Next {
        case look(uptime: Duration)
        case wait
    }

    private let engine: BrokerEngine
    private let logger: Logger
    private let known = Mutex(Known())
    private let isClosed = Atomic(false)
    /// Given when an alarm is declared.
    private let due = Signal()
    private let loop = Mutex<Task<Void, Never>?>(nil)

    init(_ engine: BrokerEngine, logger: Logger) {
        self.engine = engine
        self.logger = logger
    }

    deinit { due.finish() }

    /// Begins to look.
    func start() {
        let time = engine.environment.time
        let task = Task { [due, weak self] in
            while let next = await self?.look() {
                do {
                    switch next {
                    case .wait: try await due.wait()
                    case .look(let uptime):
                        // An alarm that is declared meanwhile is looked at with the others.
                        while time.uptime() < uptime, self?.isOpen == true {
                            try await due.wait(untilUptime: uptime, on: time)
                        }
                    }
                } catch {
                    return
                }
            }
        }
        loop.withLock { $0 = task }
    }

    /// There may be an alarm where there was none.
    func alarmsChanged() { due.signal() }

    /// An alarm that was raised is not any more, because it was removed or declared otherwise.
    func ended(_ name: String, because reason: String) {
        logger.info("alarm \(name) is cleared: it \(reason)")
    }

    /// Nobody looks any more when this returns.
    func close() async {
        isClosed.store(true, ordering: .releasing)
        due.finish()
        await loop.withLock { $0 }?.value
    }

    private var isOpen: Bool { !isClosed.load(ordering: .acquiring) }

    /// The alarms, by name.
    func statuses() throws(TidingsError) -> [AlarmStatus] {
        let entries = try engine.read { state throws(TidingsError) in
            try state.checkOpen()
            return state.durable.alarms.sorted
        }
        return known.withLock { known in
            entries.map { entry in
                let last = known.findings[ByteText(entry.alarm.name)]
                return AlarmStatus(
                    entry, last.flatMap { $0.alarm.watchesLike(entry.alarm) ? $0.finding : nil })
            }
        }
    }

    /// Looks once at all alarms.
    /// - Returns: What comes then; nil if the bus was closed or has stopped.
    private func look() async -> Next? {
        guard isOpen else { return nil }
        let uptime = engine.environment.time.uptime()
        do {
            guard let round = try nextRound() else { return .wait }
            let findings = try await findings(of: round, at: uptime)
            for (entry, finding) in zip(round.alarms, findings) { try note(entry, finding) }
            return .look(uptime: uptime + AlarmLooks.interval)
        } catch {
            return nil
        }
    }

    /// - Returns: Nil if there are no alarms.
    private func nextRound() throws -> AlarmRound? {
        try engine.writeUnwrittenAlarms()
        let (alarms, queues) = try engine.read { state throws(TidingsError) in
            try state.checkOpen()
            let alarms = state.durable.alarms.sorted
            return (alarms, alarms.isEmpty ? [] : state.watchedQueues)
        }
        let round = alarms.isEmpty ? nil : AlarmRound(alarms, queues)
        known.withLock { known in
            let names = Set(alarms.map { ByteText($0.alarm.name) })
            known.looks.keep(alarms: names, queues: Set(round?.stops.map(\.queue.id) ?? []))
            known.findings = known.findings.filter { names.contains($0.key) }
        }
        return round
    }

    /// Reads the queues of a round, each for itself, so that nobody waits until all are read.
    private func findings(of round: AlarmRound, at uptime: Duration) async throws -> [AlarmFinding] {
        var findings = Array(repeating: AlarmFinding(), count: round.alarms.count)
        for (index, stop) in round.stops.enumerated() {
            if index % Self.turnCount == Self.turnCount - 1 {
                await Task.yield()
                guard isOpen else { throw TidingsError(.closed, "the bus was closed") }
            }
            let measures = measures(of: stop, at: uptime)
            for alarm in stop.alarms {
                let condition = round.alarms[alarm].alarm.condition
                guard let measure = measures[condition.kind] else { continue }
                findings[alarm].add(stop.queue.name, measure, for: condition)
            }
        }
        return findings
    }

    private func measures(of stop: AlarmRound.Stop, at uptime: Duration) -> [QueueAlarm.Condition.Kind: Int64] {
        if stop.kinds.contains(.failuresPerMinute) { engine.buryDeadIfRoom(of: stop.queue.id) }
        if stop.kinds.contains(.deadLetters), let source = engine.source(ofDeadLettersIn: stop.queue.id) {
            engine.buryDeadIfRoom(of: source)
        }
        var measures: [QueueAlarm.Condition.Kind: Int64] = [:]
        for (kind, measure) in zip(stop.kinds, engine.measures(stop.kinds, of: stop.queue.id)) {
            measures[kind] = measure
        }
        if let failures = measures[.failuresPerMinute] {
            measures[.failuresPerMinute] = known.withLock {
                $0.looks.failuresPerMinute(of: stop.queue.id, failures, at: uptime)
            }
        }
        return measures
    }

    /// Keeps what was found of an alarm, and raises or clears it.
    ///
    /// It is logged before it is recorded: a process that dies in between says it once more when it is back, and not never.
    private func note(_ entry: AlarmTable.Entry, _ finding: AlarmFinding) throws {
        let alarm = entry.alarm
        let change = known.withLock { known in
            known.findings[ByteText(alarm.name)] = (alarm, finding)
            return known.looks.note(entry, isExceeded: finding.isExceeded)
        }
        guard let isRaised = change else { return }
        let summary = finding.summary(of: alarm)
        if isRaised {
            logger.warning("alarm \(alarm.name) is raised: \(summary)")
        } else {
            logger.info("alarm \(alarm.name) is cleared: \(summary)")
        }
        try engine.change(alarm, isRaised: isRaised)
    }
}
