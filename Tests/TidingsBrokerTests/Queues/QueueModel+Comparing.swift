import Tidings
import TidingsBroker

extension QueueModel {
    /// What the bus should say of a queue.
    struct Queue {
        /// How often each event that waits was received.
        var pending: [UInt64: Int] = [:]
        /// Until when each event waits whose time has not come.
        var delayed: [UInt64: Timestamp] = [:]
        var out: [UInt64: Out] = [:]
        /// How often each dead letter was received.
        var letters: [UInt64: Int] = [:]
        var counts: [String: Int] = [:]
        var letterCounts: [String: Int] = [:]

        struct Out {
            var attempts: Int
            /// Nil if nobody has it, and it only waits for its next attempt.
            var receipt: Receipt?
            var until: Timestamp
        }

        mutating func leave(_ sequences: some Sequence<UInt64>, _ fate: String) {
            for sequence in sequences where pending.removeValue(forKey: sequence) != nil {
                counts[fate, default: 0] += 1
            }
        }

        mutating func leaveLetters(_ sequences: some Sequence<UInt64>, _ fate: String) {
            for sequence in sequences where letters.removeValue(forKey: sequence) != nil {
                letterCounts[fate, default: 0] += 1
            }
        }

        mutating func come(_ sequence: UInt64, _ arrival: String) {
            pending[sequence] = 0
            counts[arrival, default: 0] += 1
        }

        func holds(_ sequence: UInt64) -> Bool {
            pending[sequence] != nil || out[sequence] != nil || delayed[sequence] != nil
        }

        /// It is a dead letter; one for the second time takes the place of the first.
        mutating func bury(_ sequence: UInt64, _ attempts: Int) {
            leave([sequence], "movedOut")
            if letters.updateValue(attempts, forKey: sequence) != nil { letterCounts["discarded", default: 0] += 1 }
            letterCounts["movedIn", default: 0] += 1
        }
    }

    func compare() async throws {
        for (queue, name) in zip(queues, Self.names) {
            let found = try await bus.deadLetters(in: name + "-dead-letters", atMost: 10_000)
            try equal(
                Dictionary(uniqueKeysWithValues: found.map { ($0.sequence, $0.attempts) }), queue.letters,
                "the dead letters of \(name)")
            let (ledger, letters) = (
                try await bus.ledger(of: name), try await bus.ledger(of: name + "-dead-letters")
            )
            try equal(ledger.terms, queue.counts, "the counts of \(name)")
            try equal(letters.terms, queue.letterCounts, "the counts of the dead letters of \(name)")
            try equal(
                [ledger.pending, ledger.delayed, ledger.inFlight],
                [queue.pending.count, queue.delayed.count, queue.out.count], "what \(name) holds")
            try equal(letters.pending, queue.letters.count, "how many dead letters \(name) has")
            try equal([ledger.isBalanced, letters.isBalanced], [true, true], "whether the ledgers of \(name) add up")
        }
    }

    /// The log, walked from its first record, says the same; while nobody has it open.
    func reconcile(isLast: Bool = false) throws {
        let walk = try LedgerWalk(Self.folder, system)
        for (queue, name) in zip(queues, Self.names) {
            let (found, letters) = (walk.queue(name), walk.queue(name + "-dead-letters"))
            try equal(found?.counts, queue.counts, "the counts of \(name) by a walk over the log")
            try equal(letters?.counts, queue.letterCounts, "the counts of the dead letters of \(name) by a walk")
            try equal(
                found?.there, Set(queue.pending.keys).union(queue.out.keys).union(queue.delayed.keys),
                "what is there of \(name) by a walk")
            try equal(letters?.there, Set(queue.letters.keys), "what is there of the dead letters of \(name) by a walk")
        }
        try equal(walk.queue("archive")?.there, archived, "what the archive holds by a walk")
        // To read it takes long.
        if isLast || counts["restart", default: 0] % 8 == 0 { try reconcileEventLog(walk) }
    }

    /// What the event log has, and what is still to come.
    private func reconcileEventLog(_ walk: LedgerWalk) throws {
        let lines = try system.lines(of: "audit", in: Self.folder)
        let logged = lines.map(\.sequence)
        try equal(logged, logged.sorted(), "the order of the lines")
        try equal(Set(logged).count, logged.count, "how many different lines there are")
        try equal(Set(logged).union(walk.pending(in: "audit")), archived, "what the event log has or gets")
        try equal(walk.pending(in: "audit").isDisjoint(with: logged), true, "whether none of it comes twice")
        for line in lines {
            let rules = (line.event?.number ?? 1) % 2 == 0 ? ["all", "even"] : ["all"]
            try equal(line.rules, rules, "the rules of event \(line.sequence)")
        }
    }

    private func equal<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String) throws {
        guard found == expected else { throw Failure(description: "\(what): \(found) instead of \(expected)") }
    }
}
