import Tidings

/// Which dead letters a request means, and how fast they are redriven.
struct DeadLetterChoice: Decodable {
    var ids: [Int64]?
    var consumer: String?
    var type: String?
    var error: String?
    var subject: String?
    var from: Timestamp?
    var to: Timestamp?
    var all: Bool?
    var rate: Double?
    /// The consumer that a redrive hands them to.
    var toConsumer: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case ids, consumer, type, error, subject, from, to, all, rate, toConsumer
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads a choice. A name that is not known is refused: misspelt, it would choose more than was meant.
    init(from decoder: any Decoder) throws {
        for key in try decoder.container(keyedBy: AnyKey.self).allKeys
        where CodingKeys(rawValue: key.stringValue) == nil {
            let known = CodingKeys.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.invalidField("/\(key.stringValue)", "there is no such member; there are \(known)")
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        ids = try container.decodeIfPresent([Int64].self, forKey: .ids)
        consumer = try container.decodeIfPresent(String.self, forKey: .consumer)
        type = try container.decodeIfPresent(String.self, forKey: .type)
        error = try container.decodeIfPresent(String.self, forKey: .error)
        subject = try container.decodeIfPresent(String.self, forKey: .subject)
        from = try container.decodeIfPresent(Timestamp.self, forKey: .from)
        to = try container.decodeIfPresent(Timestamp.self, forKey: .to)
        all = try container.decodeIfPresent(Bool.self, forKey: .all)
        rate = try container.decodeIfPresent(Double.self, forKey: .rate)
        toConsumer = try container.decodeIfPresent(String.self, forKey: .toConsumer)
    }

    /// - Throws: `Problem` if nothing is chosen: all of them have to be asked for by name.
    func filter() throws(Problem) -> DeadLetterFilter {
        let filter = DeadLetterFilter(
            ids: ids, consumer: consumer, type: type.map(EventType.init(rawValue:)), error: error, subject: subject,
            from: from, to: to)
        guard (ids ?? []).count <= 1000 else { throw .invalidField("/ids", "`ids` names at most 1,000 dead letters") }
        for (name, text) in [("error", error), ("subject", subject)] where (text?.utf8.count ?? 0) > 1000 {
            throw .invalidField("/\(name)", "`\(name)` has at most 1,000 bytes")
        }
        guard filter != DeadLetterFilter() || all == true else {
            throw .invalidField("", "choose by ids, consumer, type, error, subject, from or to, or say \"all\": true")
        }
        return filter
    }

    /// The filter of a request that redrives nothing.
    /// - Throws: `Problem` also if it says how to redrive.
    func filterAlone() throws(Problem) -> DeadLetterFilter {
        if rate != nil { throw .invalidField("/rate", "nothing is redriven here, so there is no `rate`") }
        if toConsumer != nil {
            throw .invalidField("/toConsumer", "nothing is redriven here, so there is no `toConsumer`")
        }
        return try filter()
    }

    /// How many in a second.
    func validRate() throws(Problem) -> Double {
        let rate = rate ?? 100
        guard (0.01...100_000).contains(rate) else {
            throw .invalidField("/rate", "`rate` is how many in a second, from 0.01 to 100,000")
        }
        return rate
    }
}

/// Which parked events that cannot be read a request means.
struct UnreadableChoice: Decodable {
    let consumer: String
    let type: String
}

/// The group of the bus that a request means.
struct GroupChoice: Decodable {
    let group: String
}

/// The piece of work that a request means.
struct WorkChoice: Decodable {
    let id: Int
}

/// What a person did about a compensation that was given up.
struct Resolution: Decodable {
    let reason: String

    func validReason() throws(Problem) -> String {
        guard (1...1000).contains(reason.utf8.count) else {
            throw .invalidField("/reason", "`reason` says what was done, in 1 to 1,000 bytes")
        }
        return reason
    }
}

/// A page of a list, under the list's name, and where the next page begins.
struct Page<Item: Encodable>: Encodable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private let name: String
    private let items: [Item]
    private let next: String?

    init(_ name: String, _ items: [Item], next: String?) {
        self.name = name
        self.items = items
        self.next = next
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(items, forKey: Key(stringValue: name))
        try container.encode(next, forKey: Key(stringValue: "next"))
    }
}

struct EventView: Encodable {
    let id: String
    let source: String
    let type: String
    let subject: String?
    let time: Timestamp
    let correlationId: String?
    /// The data as text: it is shown as it came.
    let data: String

    init(_ event: Envelope) {
        id = event.id.rawValue
        source = event.source
        type = event.type.rawValue
        subject = event.subject
        time = event.time
        correlationId = event.correlationID
        data = event.data.text
    }
}

struct DeadLetterView: Encodable {
    let id: Int64
    let consumer: String
    let handler: String
    let attempts: Int
    let error: String
    let firstFailedAt: Timestamp
    let lastFailedAt: Timestamp
    let event: EventView

    init(_ letter: DeadLetter) {
        id = letter.id
        consumer = letter.consumer
        handler = letter.handler
        attempts = letter.attempts
        error = letter.error
        firstFailedAt = letter.firstFailedAt
        lastFailedAt = letter.lastFailedAt
        event = EventView(letter.event)
    }
}

struct DeadLetterGroupView: Encodable {
    let consumer: String
    let handler: String
    let type: String
    let error: String
    let count: Int
    let firstFailedAt: Timestamp
    let lastFailedAt: Timestamp

    init(_ group: DeadLetterGroup) {
        consumer = group.consumer
        handler = group.handler
        type = group.type.rawValue
        error = group.error
        count = group.count
        firstFailedAt = group.firstFailedAt
        lastFailedAt = group.lastFailedAt
    }
}

struct ParkedEventView: Encodable {
    let id: Int64
    let consumer: String
    let handler: String?
    let attempts: Int
    let error: String?
    let dueAt: Timestamp
    let event: EventView

    init(_ parked: ParkedEvent) {
        id = parked.id
        consumer = parked.consumer
        handler = parked.handler
        attempts = parked.attempts
        error = parked.error
        dueAt = parked.dueAt
        event = EventView(parked.event)
    }
}

struct SagaView: Encodable {
    struct Step: Encodable {
        let name: String
        let status: String
        let attempts: Int
    }

    let consumer: String
    let saga: String
    let id: String
    let status: String
    let stage: String?
    let reason: String?
    let startedAt: Timestamp
    let updatedAt: Timestamp
    let steps: [Step]
    let history: [SagaHistoryEntry]

    init(_ record: SagaRecord) {
        consumer = record.consumer
        saga = record.name
        id = record.id
        status = record.status.rawValue
        stage = record.stage
        reason = record.reason
        startedAt = record.startedAt
        updatedAt = record.updatedAt
        steps = record.steps.map { Step(name: $0.name, status: $0.status.rawValue, attempts: $0.attempts) }
        history = record.history
    }
}

struct OutboxView: Encodable {
    let depth: Int
    let oldest: Timestamp?
    let setAside: Int
}

/// What does not move, as routes show it.
struct StuckWorkView: Encodable {
    struct Remedy: Encodable {
        let path: String
        let body: String
    }

    let kind: StuckWork.Kind
    let name: String
    let since: Timestamp
    let heldBy: String
    let holdsUp: String
    /// What ends it, by `POST`.
    let remedy: Remedy

    init(_ work: StuckWork) {
        kind = work.kind
        name = work.name
        since = work.since
        heldBy = work.heldBy
        holdsUp = work.holdsUp
        remedy = Remedy(path: work.remedy.path, body: work.remedy.body)
    }
}
