import Synchronization

/// The subscribers that run in this process, so that two of one name on one bus are noticed.
final class RunningSubscribers: Sendable {
    private struct Entry: Hashable {
        let name: String
        let bus: ObjectIdentifier
    }

    static let shared = RunningSubscribers()
    private let entries = Mutex<Set<Entry>>([])

    func enter(_ name: String, on bus: any EventBus) throws(TidingsError) {
        guard entries.withLock({ $0.insert(Entry(name: name, bus: ObjectIdentifier(bus))).inserted }) else {
            throw TidingsError(
                .misconfigured,
                "two subscribers of this process are named \(name); a name stands for one consumer group")
        }
    }

    func leave(_ name: String, on bus: any EventBus) {
        entries.withLock { _ = $0.remove(Entry(name: name, bus: ObjectIdentifier(bus))) }
    }
}
