import Tidings
import TidingsBroker
import TidingsTesting

extension BrokerModel {
    mutating func compare() async throws {
        count("compare")
        for index in groups.indices {
            guard let group = groups[index] else { continue }
            let ledger = try await bus.ledger(of: "group \(index)")
            guard ledger.isBalanced, ledger.published == group.published, ledger.acknowledged == group.acknowledged,
                ledger.pending == group.pendingCount, ledger.inFlight == group.outstanding.count
            else {
                throw Failure(
                    description: "group \(index): \(ledger) instead of \(group.published) published, "
                        + "\(group.acknowledged) acknowledged, \(group.pendingCount) pending, "
                        + "\(group.outstanding.count) out")
            }
            guard let depth = try await members[index].first?.consumer.depth() else { continue }
            groups[index]?.expire(at: clock.now())
            guard let group = groups[index] else { continue }
            guard depth.pending == group.pendingCount, depth.inFlight == group.outstanding.count else {
                throw Failure(description: "group \(index): \(depth) instead of \(group.pendingCount) pending")
            }
            guard (depth.oldest == nil) == group.entries.isEmpty else {
                throw Failure(description: "group \(index): oldest \(String(describing: depth.oldest))")
            }
        }
        guard await bus.health().alarms.isEmpty else { throw Failure(description: "\(await bus.health().alarms)") }
    }

    /// Consumes what is left of everything.
    mutating func drain() async throws {
        try await restartIfLeft()
        clock.advance(by: .seconds(3600))
        for index in groups.indices {
            guard let member = members[index].first else { continue }
            while groups[index]?.hasReady(at: clock.now(), within: Self.options.windowEvents) == true {
                groups[index]?.expire(at: clock.now())
                let deliveries = try await member.consumer.next(atMost: 1000)
                for delivery in deliveries { try check(delivery) }
                if let problem = groups[index]?.take(deliveries, by: member.id, until: clock.now() + .seconds(30)) {
                    throw Failure(description: "group \(index): \(problem)")
                }
                for delivery in deliveries { _ = groups[index]?.acknowledge(delivery.receipt) }
                try await member.consumer.acknowledge(deliveries)
            }
        }
        try await compare()
    }

    private mutating func restartIfLeft() async throws {
        for index in groups.indices where groups[index] != nil && members[index].isEmpty { try await join(index) }
    }
}
