import Tidings
import TidingsRouting

extension DurableState {
    mutating func apply(_ change: BrokerRecord.EventLogChange, at position: RecordPosition) throws(TidingsError) {
        switch change {
        case .target(let target):
            let known = eventLogs[target.log]?.targets.first { $0.id == target.id }
            let isSame = known.map { ByteText($0.rule) == ByteText(target.rule) } ?? false
            guard isSame || target.id == groups.nextID && groups.count < Self.groupLimit else {
                throw TidingsError(
                    .corrupt,
                    "the record at \(position) gives rule \(target.rule) number \(target.id.number) in event log "
                        + "\(target.log), which it cannot be")
            }
            declare(target)
        case .removal(let log): eventLogs.remove(log: log)
        }
    }

    mutating func declare(_ target: BrokerRecord.EventLogTarget) {
        if !groups.contains(target.id) {
            // For messages; nobody finds it by this.
            let name = "event log \(target.log), rule \(target.rule)"
            groups.append(ConsumerGroup(QueueState(name, pattern: nil)))
        }
        eventLogs.set(target)
    }

    /// Events stand in an event log: they leave all of its targets, at once, so that no crash brings back a part of what
    /// rules chose.
    mutating func log(_ logged: BrokerRecord.Sequences) {
        for target in eventLogs.log(of: logged.group)?.targets ?? [] {
            groups[target.id].durable.remove(logged.sequences, as: .acknowledged)
        }
    }
}
