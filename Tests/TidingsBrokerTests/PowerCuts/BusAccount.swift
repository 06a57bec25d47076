import Tidings
import TidingsBroker

/// What a bus says of itself.
struct BusAccount: Sendable {
    private(set) var ledgers: [String: QueueLedger] = [:]
    let events: [RecordedEvent]

    /// - Parameter groups: The groups to ask for; those that there are not are left out.
    init(of bus: EmbeddedEventBus, groups: some Sequence<String>) async throws {
        events = try await bus.events(after: 0, atMost: 10_000)
        for name in groups {
            do {
                ledgers[name] = try await bus.ledger(of: name)
            } catch let error as TidingsError where error.code == .invalid {
                // There is no such group.
            }
        }
    }

    /// The past of the early group may still be matched in the background.
    func isSame(as other: Self) -> Bool {
        events == other.events && ledgers.filter { $0.key != "early" } == other.ledgers.filter { $0.key != "early" }
    }
}
