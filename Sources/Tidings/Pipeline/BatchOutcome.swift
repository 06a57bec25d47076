import TidingsRouting

/// What became of an event that was handled.
enum Verdict: Sendable {
    case handled(Duration)
    /// It was handled before, or another member has taken it over: there was nothing to do.
    case duplicate
    /// The pattern of its handler does not want it any more.
    case unwanted
    /// It parked behind an earlier event of its key.
    case waiting
    /// It is parked until what its handler needs is there again; its attempt does not count.
    case postponed(any Error)
    case failed(any Error, isDead: Bool)

    var isParked: Bool {
        switch self {
        case .waiting, .postponed, .failed: true
        case .handled, .duplicate, .unwanted: false
        }
    }
}

/// What became of a batch.
struct BatchOutcome: Sendable {
    /// What is done: handled, parked, or seen before.
    private(set) var finished: [(event: TakenEvent, verdict: Verdict)] = []
    /// What is to be given back.
    private(set) var released: [TakenEvent] = []
    /// Why, if the database is not available or it is time to stop.
    private(set) var outage: (any Error)?
    /// The keys of what was parked.
    private var blockedKeys: Set<ByteText> = []

    /// Whether an earlier event of the same key was parked.
    func isBlocked(_ event: TakenEvent) -> Bool {
        !blockedKeys.isEmpty && event.key.map(blockedKeys.contains) == true
    }

    /// What the bus is told of the deliveries.
    var settlements: [Settlement] {
        var settlements: [Settlement] = []
        settlements.reserveCapacity(finished.count + released.count)
        for (event, _) in finished {
            if let receipt = event.receipt { settlements.append(.acknowledge(receipt)) }
        }
        for event in released {
            if let receipt = event.receipt { settlements.append(.release(receipt)) }
        }
        return settlements
    }

    var hasParked: Bool { finished.contains { $0.verdict.isParked } }

    mutating func finish(_ events: [(event: TakenEvent, verdict: Verdict)]) {
        finished += events
        for (event, verdict) in events where verdict.isParked {
            if let key = event.key { blockedKeys.insert(key) }
        }
    }

    mutating func release(_ events: some Sequence<TakenEvent>, because outage: (any Error)? = nil) {
        released += events
        self.outage = outage ?? self.outage
    }
}
