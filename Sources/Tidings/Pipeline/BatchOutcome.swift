/// What became of an event that was handled.
enum Verdict: Sendable {
    case handled(Duration)
    /// It was claimed before: there was nothing to do.
    case duplicate
    /// It parked behind an earlier event of its key.
    case waiting
    case failed(any Error, isDead: Bool)

    var isParked: Bool {
        switch self {
        case .waiting, .failed: true
        case .handled, .duplicate: false
        }
    }
}

/// What became of a batch.
struct BatchOutcome: Sendable {
    /// What is done: handled, parked, or seen before.
    private(set) var finished: [(event: TakenEvent, verdict: Verdict)] = []
    /// What is to be given back.
    private(set) var released: [TakenEvent] = []
    /// Why, if the database or what a handler calls is not available.
    private(set) var outage: (any Error)?
    /// The keys of what was parked.
    private var blockedKeys: Set<String> = []

    /// Whether an earlier event of the same key was parked.
    func isBlocked(_ event: TakenEvent) -> Bool {
        !blockedKeys.isEmpty && event.key.map(blockedKeys.contains) == true
    }

    var hasParked: Bool { finished.contains { $0.verdict.isParked } }

    mutating func finish(_ events: [TakenEvent], _ verdicts: [Verdict]) {
        assert(events.count == verdicts.count, "each event has a verdict")
        for (event, verdict) in zip(events, verdicts) {
            finished.append((event, verdict))
            if verdict.isParked, let key = event.key { blockedKeys.insert(key) }
        }
    }

    mutating func release(_ events: some Sequence<TakenEvent>, because outage: (any Error)? = nil) {
        released += events
        self.outage = outage ?? self.outage
    }
}
