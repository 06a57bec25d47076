import Tidings

/// A member of a group on the embedded bus.
final class EmbeddedEventConsumer: EventConsumer {
    private let bus: EmbeddedEventBus
    private let member: GroupMember

    init(_ bus: EmbeddedEventBus, _ member: GroupMember) {
        self.bus = bus
        self.member = member
    }

    func next(atMost maximum: Int) async throws -> [Delivery] {
        try BusLimits.check(takeOf: maximum)
        do {
            while true {
                try Task.checkCancellation()
                let now = bus.environment.now()
                let (deliveries, timeout) = try await bus.engine.take(atMost: maximum, for: member, at: now)
                // What was taken while the consumer left has been released.
                try member.membership.check()
                if !deliveries.isEmpty { return deliveries }
                // If no events come for long, those that are there become old all the same.
                bus.maintenance.checkAge(at: now)
                try await member.signal.wait(
                    until: now + timeout, on: bus.environment.time, while: member.membership)
            }
        } catch {
            // The signal that this member may have got is for another one.
            member.signal.signal()
            throw error
        }
    }

    func settle(_ settlements: [Settlement]) async throws -> [Receipt] {
        try bus.engine.settle(settlements, for: member)
    }

    func depth() async throws -> QueueDepth {
        try bus.engine.read { try $0.depth(of: member.group) }
    }

    func close() async { bus.engine.leave(member) }
}
