import Synchronization
import TidingsRouting

/// The subscribers that have joined or run in this process, so that two of one name on one bus are noticed.
final class SubscriberRegistry: Sendable {
    private struct Place: Hashable {
        let name: ByteText
        let bus: ObjectIdentifier

        init(of subscriber: Subscriber) {
            name = ByteText(subscriber.name)
            bus = ObjectIdentifier(subscriber.bus)
        }
    }

    private struct Entry {
        /// One that is gone has left its place. While it is there it keeps its bus, so that no other has that identifier.
        weak var subscriber: Subscriber?
        var isRunning: Bool
    }

    static let shared = SubscriberRegistry()
    private let entries = Mutex<[Place: Entry]>([:])

    /// Takes the place of a name, for the subscriber that has it already or if nobody has.
    /// - Parameter isRunning: whether the subscriber runs from now on; it does so once at a time.
    func enter(_ subscriber: Subscriber, isRunning: Bool) throws(TidingsError) {
        let place = Place(of: subscriber)
        let isFree = entries.withLock { entries in
            entries = entries.filter { $0.value.subscriber != nil }
            if let entry = entries[place] {
                guard entry.subscriber === subscriber, !(isRunning && entry.isRunning) else { return false }
                if isRunning { entries[place]?.isRunning = true }
            } else {
                entries[place] = Entry(subscriber: subscriber, isRunning: isRunning)
            }
            return true
        }
        guard isFree else {
            throw TidingsError(
                .misconfigured,
                "two subscribers of this process are named \(subscriber.name); a name stands for one consumer group")
        }
    }

    /// Gives up the place of a name, at the end of a run.
    func leave(_ subscriber: Subscriber) {
        entries.withLock { $0[Place(of: subscriber)] = nil }
    }
}
