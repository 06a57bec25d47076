package import Tidings
import TidingsRouting

extension BrokerState {
    /// The queue of a name.
    /// - Throws: `TidingsError` with code `invalid` if there is none.
    package func queue(named name: String) throws(TidingsError) -> GroupID {
        guard let queue = durable.groupByName[ByteText(name)], groups[queue].durable.declaration != nil else {
            throw TidingsError(.invalid, "there is no queue named \(name)")
        }
        return queue
    }

    // MARK: Declaring

    /// What is to be logged so that a queue is as it is declared: the queue, and before it its dead-letter queue if that is
    /// new; nothing if all is so already.
    package func proposeQueue(
        _ name: String, _ options: QueueOptions
    ) throws(TidingsError) -> [BrokerRecord.Queue] {
        try checkOpen()
        try options.validate(of: name)
        let known = durable.groupByName[ByteText(name)]
        let declared = try known.map { known throws(TidingsError) in try declaration(of: known) }
        var definitions: [BrokerRecord.Queue] = []
        var next = groups.nextID.number
        var deadLetters: GroupID?
        // A dead-letter queue has none itself.
        if declared?.source == nil {
            let letters = options.deadLetterQueue(of: name)
            if let found = durable.groupByName[ByteText(letters)] {
                try check(found, asDeadLettersOf: known, name)
                deadLetters = found
            } else {
                let id = GroupID(number: next)
                definitions.append(BrokerRecord.Queue(id: id, name: letters, options: .deadLetters, deadLetters: nil))
                deadLetters = id
                next += 1
            }
        }
        let isSame = declared.map { $0.options == options && $0.deadLetters == deadLetters } ?? false
        if !isSame {
            definitions.append(
                BrokerRecord.Queue(
                    id: known ?? GroupID(number: next), name: name, options: options, deadLetters: deadLetters))
        }
        let new = definitions.count { !groups.contains($0.id) }
        guard groups.count + new <= DurableState.groupLimit else {
            throw TidingsError(
                .overloaded,
                "the bus has \(groups.count) queues and consumer groups; it can have \(DurableState.groupLimit)")
        }
        return definitions
    }

    private func declaration(of queue: GroupID) throws(TidingsError) -> QueueState.Declaration {
        guard let declaration = groups[queue].durable.declaration else {
            let kind = groups[queue].durable.isArchive ? "an archive" : "a consumer group, which subscriptions make"
            throw TidingsError(.invalid, "\(groups[queue].durable.name) is \(kind); name the queue otherwise")
        }
        return declaration
    }

    private func check(
        _ letters: GroupID, asDeadLettersOf queue: GroupID?, _ name: String
    ) throws(TidingsError) {
        let (declaration, letterName) = (try declaration(of: letters), groups[letters].durable.name)
        if let owner = declaration.source, owner != queue, groups.contains(owner) {
            throw TidingsError(
                .invalid,
                "\(letterName) gets the dead letters of \(groups[owner].durable.name); \(name) needs one of its own")
        }
        guard declaration.deadLetters == nil else {
            throw TidingsError(
                .invalid, "\(letterName) has a dead-letter queue itself and cannot get the dead letters of \(name)")
        }
    }

    /// - Parameter record: The record of the definition.
    package mutating func commit(_ queue: BrokerRecord.Queue, _ record: StagedRecord) {
        durable.declare(queue)
        groups[queue.id].live.definedBy = record.ordinal
        groups[queue.id].live.visibility = queue.options.visibilityTimeout
    }

    /// Begins to consume a queue that was declared.
    package mutating func attach(to name: String) throws(TidingsError) -> Joined {
        try checkOpen()
        let queue = try queue(named: name)
        return join(queue, for: groups[queue].live.visibility)
    }
}
