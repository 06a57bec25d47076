import Tidings
import TidingsLog

extension BrokerEngine {
    /// After how many bytes of lines a batch is written.
    private static let batchBytes = 4 << 20

    /// Events have become durable that are to be written to event logs.
    func wakeEventLogs(_ names: [String]) {
        for name in names { wake(eventLogs.writer(of: name)) }
    }

    /// Lets all event logs look for what there is to write and to remove.
    func tendEventLogs() {
        for name in read({ $0.eventLogNames }) { wake(eventLogs.writer(of: name), removesExpired: true) }
    }

    private func wake(_ writer: EventLogWriter, removesExpired: Bool = false) {
        if writer.wake(removesExpired: removesExpired) { submit(writer) }
    }

    private func submit(_ writer: EventLogWriter) { executor.submit(.slices) { self.runEventLog(writer) } }

    /// What a turn has come to.
    private struct Turn {
        var folder: EventLogFolder?
        var removesExpired = false
        var unreadable: [UInt64] = []
        /// Whether nothing is left of the event log.
        var isForgotten = false
    }

    /// Takes one turn of an event log, and begins what follows.
    private func runEventLog(_ writer: EventLogWriter) {
        var (next, turn, failure) = (EventLogWriter.Next.rest, Turn(), String?.none)
        if let (folder, removesExpired) = writer.begin() {
            (turn.folder, turn.removesExpired) = (folder, removesExpired)
            do {
                next = try write(writer.name, &turn)
            } catch {
                // Opened anew, it begins with what is durable.
                turn.folder = nil
                let error = TidingsError(bus: error)
                failure = error.message + (error.cause.map { ": \($0)" } ?? "")
                next = (try? read { try $0.checkOpen() }) == nil ? .rest : .pause(EventLogWriter.retryPause)
            }
        }
        if turn.isForgotten { return forget(writer) }
        next = writer.end(
            next, folder: turn.folder, removesExpired: turn.removesExpired, unreadable: turn.unreadable,
            failure: failure)
        switch next {
        case .rest: break
        case .turn: submit(writer)
        case .pause(let pause):
            Task { [weak self, time = environment.time] in
                try? await time.sleep(for: pause)
                if writer.endPause() { self?.submit(writer) }
            }
        }
    }

    /// Writes the next batch, and lets its events leave. Before that, files go that are too old: that gives room.
    private func write(_ name: String, _ turn: inout Turn) throws -> EventLogWriter.Next {
        let (plan, known) = try read { (try $0.planLogging(name), $0.eventLog(name)) }
        guard let known else { return .rest }
        var folder = try turn.folder.take() ?? eventLogs.open(name, from: plan?.entries.first?.sequence)
        if turn.removesExpired {
            try folder.removeExpired(after: known.retention, at: timeOfExpiry())
            turn.removesExpired = false
        }
        guard let plan else {
            turn.folder = folder
            try removeTargets(of: name)
            if folder.files.isEmpty { turn.isForgotten = try forgetEventLog(name) }
            return .rest
        }
        var reader = EventLogReader(plan, byteLimit: Self.batchBytes)
        let lines = try reader.lines(from: log)
        try folder.append(lines, today: EventLogFileName.day(of: environment.now()))
        turn.folder = folder
        turn.unreadable = reader.unreadable
        try step { core in
            guard let record = core.state.proposeLogged(lines.lines.map(\.sequence), in: name) else { return }
            core.state.commit(logged: record)
            if try !core.appendIfRoom(record.bytes) { core.state.keepUnwritten(record) }
        }
        return plan.isFull || lines.lines.count < plan.entries.count ? .turn : .pause(EventLogWriter.pause)
    }

    /// Removes the targets that no rule has any more.
    private func removeTargets(of name: String) throws {
        var isRemoved = true
        while isRemoved {
            isRemoved = try step { core in
                guard let removal = try core.state.proposeRemoval(ofTargetOf: name),
                    try core.appendIfRoom(removal.record)
                else { return false }
                core.state.commit(removal)
                core.signals.remove(removal.group)
                return true
            }
        }
    }

    /// An event log without rules, events and files is forgotten.
    private func forgetEventLog(_ name: String) throws -> Bool {
        try step { core in
            guard let record = try core.state.proposeRemoval(ofEventLog: name), try core.appendIfRoom(record) else {
                return false
            }
            core.state.commit(removalOfEventLog: name)
            return true
        }
    }

    /// The writer of an event log that was forgotten ends. One of the same name has another.
    private func forget(_ writer: EventLogWriter) {
        eventLogs.remove(writer)
        writer.endForGood()
        if read({ $0.eventLog(writer.name) != nil }) { wakeEventLogs([writer.name]) }
    }

    // MARK: Status and end

    /// The event logs, by name.
    func eventLogStatus() -> [EventLogStatus] {
        read { $0.eventLogNames }.compactMap { name in
            guard let (retention, rules, pending) = read({ $0.eventLog(name) }) else { return nil }
            let writer = eventLogs.writer(of: name)
            return EventLogStatus(
                name: name, retention: retention, directory: writer.directory, rules: rules, pending: pending,
                failure: writer.failure)
        }
    }

    /// What an operator should look at in event logs.
    func alarmsOfEventLogs(_ options: EmbeddedOptions) -> [String] {
        eventLogStatus().flatMap { log in
            var alarms: [String] = []
            if let failure = log.failure {
                alarms.append(
                    "event log \(log.name) cannot be written and is tried again each second; \(log.pending) events wait: "
                        + failure)
            } else if log.pending > options.backlogAlarm {
                alarms.append("event log \(log.name) has \(log.pending) events that are not written")
            }
            if let (count, first) = eventLogs.writer(of: log.name).unreadable {
                let others = count > 1 ? " and \(count - 1) more" : ""
                alarms.append("event log \(log.name) could not get event \(first)\(others); its lines say why")
            }
            return alarms
        }
    }

    /// Ends the turns of event logs, and writes what waits, one batch each: the rest is written when the bus is opened
    /// again.
    func closeEventLogs() async {
        let writers = eventLogs.close()
        for writer in writers { await writer.stop() }
        _ = try? await executor.run {
            for writer in writers {
                var turn = Turn()
                _ = try? self.write(writer.name, &turn)
            }
        }
    }
}
