package import Tidings
import TidingsRouting

extension BrokerState {
    /// The archive of a name.
    /// - Throws: `TidingsError` with code `invalid` if there is none.
    func archive(named name: String) throws(TidingsError) -> GroupID {
        guard let archive = durable.groupByName[ByteText(name)], groups[archive].durable.isArchive else {
            throw TidingsError(.invalid, "there is no archive named \(name)")
        }
        return archive
    }

    /// The record that makes an archive as it is declared; nil if it is so already.
    package func proposeArchive(_ archive: EventArchive) throws(TidingsError) -> BrokerRecord.Archive? {
        try checkOpen()
        try archive.validate()
        let known = durable.groupByName[ByteText(archive.name)]
        if let known {
            let state = groups[known].durable
            guard state.isArchive else {
                let kind = state.declaration == nil ? "a consumer group" : "a queue"
                throw TidingsError(.invalid, "\(archive.name) is \(kind); name the archive otherwise")
            }
            if state.pattern == archive.pattern, state.archiveRetention == archive.retention { return nil }
        } else if groups.count >= DurableState.groupLimit {
            throw TidingsError(
                .overloaded,
                "the bus has \(groups.count) queues, groups and archives; it can have \(DurableState.groupLimit)")
        }
        return BrokerRecord.Archive(
            id: known ?? groups.nextID, name: archive.name, pattern: archive.pattern, retention: archive.retention)
    }

    /// - Parameter record: The record of the definition.
    package mutating func commit(_ archive: BrokerRecord.Archive, _ record: StagedRecord) {
        durable.declare(archive)
        groups[archive.id].live.definedBy = record.ordinal
        routes.set(archive.pattern, for: .group(archive.id), to: [archive.id])
        routesVersion += 1
    }

    /// Removes an archive with all that it keeps; nil if there is none of this name.
    package func proposeRemoval(ofArchive name: String) throws(TidingsError) -> (group: GroupID, record: [UInt8])? {
        try checkOpen()
        guard durable.groupByName[ByteText(name)] != nil else { return nil }
        let archive = try archive(named: name)
        if let running = durable.replays.entries.first(where: { $0.replay.archive == archive && $0.state == .running })
        {
            throw TidingsError(.invalid, "replay \(running.replay.name) reads archive \(name); cancel it first")
        }
        return (archive, BrokerRecord.removal(of: archive))
    }

    /// Whether there are queues, archives or event logs, from which events expire.
    var keepsForATime: Bool {
        !durable.eventLogs.isEmpty || groups.values.contains { $0.durable.retention != nil }
    }

    /// The archives, by number.
    package var archives: [ArchiveStatus] {
        groups.ids.compactMap { id in
            let state = groups[id].durable
            guard let retention = state.archiveRetention, let pattern = state.pattern else { return nil }
            return ArchiveStatus(
                archive: EventArchive(state.name, pattern, retention: retention), count: state.unsettled.count,
                archived: Int(state.counts[.published]), expired: Int(state.counts[.expired]))
        }
    }
}
