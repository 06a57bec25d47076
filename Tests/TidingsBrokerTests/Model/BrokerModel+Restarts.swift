import Tidings
import TidingsBroker
import TidingsTesting

extension BrokerModel {
    mutating func reopen() async throws {
        count("reopen")
        await bus.close()
        doubts = []
        try await restart()
    }

    mutating func crash() async throws {
        count("crash")
        let next = system.crash()
        await bus.close()
        system = next
        try await restart()
        try await resolveDoubts()
    }

    private mutating func restart() async throws {
        bus = try await Self.open(system, clock)
        for group in groups.indices {
            groups[group]?.restart()
            members[group] = []
            guard let wish = groups[group]?.wish else { continue }
            try await subscribe(group, wish.pattern, from: .latest)
        }
    }

    /// Finds out which of the last settlements the crash lost: those from some point on.
    private mutating func resolveDoubts() async throws {
        for group in groups.indices where groups[group] != nil {
            let ledger = try await bus.ledger(of: "group \(group)")
            let doubted = doubts.filter { $0.group == group }
            let acknowledged = doubted.flatMap(\.acknowledged)
            let lost = (groups[group]?.acknowledged ?? 0) - ledger.acknowledged
            guard (0...acknowledged.count).contains(lost) else {
                throw Failure(description: "the crash lost \(lost) acknowledgements of at most \(acknowledged.count)")
            }
            for (sequence, entry) in acknowledged.suffix(lost) { groups[group]?.bringBack(sequence, entry) }
            for sequence in doubted.flatMap(\.released) { groups[group]?.doubt(releaseOf: sequence) }
        }
        doubts = []
    }
}
