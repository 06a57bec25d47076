import Tidings

/// A member of a group on the embedded bus.
final class EmbeddedEventConsumer: EventConsumer {
    private let bus: EmbeddedEventBus
    private let member: GroupMember

    init(_ bus: EmbeddedEventBus, _ member: GroupMember) {
        self.bus = bus
        self.member = member
    }

    // What it has out comes back when its time-outs end: the last use of a consumer may be before that of its receipts.
    deinit { bus.engine.lose(member) }

    func next(atMost maximum: Int) async throws -> [Delivery] {
        try BusLimits.check(takeOf: maximum)
        do {
            while true {
                try Task.checkCancellation()
                let now = bus.environment.time.uptime()
                let (deliveries, timeout) = try await bus.engine.take(atMost: maximum, for: member, at: now)
                // What was taken while the consumer left has been released.
                try member.membership.check()
                if !deliveries.isEmpty { return deliveries }
                // If no events come for long, those that are there become old all the same.
                bus.maintenance.checkAge(at: bus.environment.now())
                try await member.signal.wait(
                    untilUptime: now + timeout, on: bus.environment.time, while: member.membership)
            }
        } catch {
            bus.maintenance.lookForRoom()
            // The signal that this member may have got is for another one.
            member.signal.signal()
            throw error
        }
    }

    func settle(_ settlements: [Settlement]) async throws -> [Receipt] {
        let stale = try bus.engine.settle(settlements, for: member)
        bus.maintenance.lookForRoom()
        return stale
    }

    func depth() async throws -> QueueDepth {
        try bus.engine.depth(of: member.group)
    }

    func close() async { bus.engine.leave(member) }
}
