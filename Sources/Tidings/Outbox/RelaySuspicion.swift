/// What the takeovers of an outbox in a row say of its events: one of the first may kill its service.
struct RelaySuspicion: Sendable {
    /// After how many takeovers in a row the events are suspect, and carried one by one.
    static let beginning = 3
    /// After how many the first of them is set aside.
    static let conviction = 10

    /// How often the outbox was taken over in a row.
    private(set) var takeovers = 0
    /// How many events were published one by one.
    private var passed = 0

    init(takeovers: Int = 0) {
        self.takeovers = takeovers
    }

    /// Whether the events are suspect.
    var isPresent: Bool { takeovers >= Self.beginning }

    /// Notes that so many events were published: what comes next has killed nobody yet. Once a whole batch has passed one by
    /// one, none of those is left that were begun together.
    /// - Parameter size: how many events may be begun together.
    /// - Returns: how often the outbox has been taken over as far as what comes next is concerned; `nil` if that is known.
    mutating func note(published count: Int, ofBatch size: Int) -> Int? {
        if isPresent { passed += count }
        let now = !isPresent || passed >= size ? 0 : Self.beginning
        return now == takeovers ? nil : now
    }

    mutating func set(_ takeovers: Int) {
        self.takeovers = takeovers
        if takeovers == 0 { passed = 0 }
    }
}
