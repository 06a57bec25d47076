import Tidings
import TidingsBroker
import TidingsTesting

extension BrokerModel {
    mutating func publish() async throws {
        count("publish")
        var batch: [(event: ModelEvent, known: UInt64?)] = []
        for _ in 0..<(roll(0..<4) == 0 ? roll(1..<12) : 1) {
            if !recent.isEmpty, roll(0..<12) == 0, let known = duplicate(batch.map(\.event)) {
                batch.append(known)
                continue
            }
            batch.append(
                (
                    ModelEvent(
                        number: nextNumber, type: roll(0..<3), key: roll(0..<3) == 0 ? 0 : roll(1..<7),
                        total: roll(0..<100), time: clock.now()), nil
                ))
            nextNumber += 1
        }
        let published = try await bus.publish(batch.map(\.event.envelope))
        // Where all were known, nothing was written.
        if batch.contains(where: { $0.known == nil }) { doubts = [] }
        for (item, answer) in zip(batch, published) {
            if let known = item.known {
                count("duplicate")
                guard answer.isDuplicate, answer.sequence == known else {
                    throw Failure(description: "event \(item.event.number) is \(answer), not a duplicate of \(known)")
                }
                continue
            }
            guard !answer.isDuplicate, answer.sequence == nextSequence else {
                throw Failure(description: "\(answer) for a new event that is to be \(nextSequence)")
            }
            show(item.event)
        }
        forget()
    }

    /// An event that was published within the last two minutes.
    private mutating func duplicate(_ batch: [ModelEvent]) -> (ModelEvent, UInt64?)? {
        let back = roll(0..<(roll(0..<4) == 0 ? 80 : 10))
        guard back < recent.count else { return nil }
        let event = recent[recent.count - 1 - back]
        guard clock.now() - event.time < .seconds(120) else { return nil }
        return (event, nextSequence - 1 - UInt64(back))
    }

    /// Of what nobody has in mind, only so much is kept.
    private mutating func forget() {
        guard recent.count > 20_000 else { return }
        let oldest = groups.compactMap { $0?.entries.keys.min() }.min() ?? .max
        let count = min(10_000, Int(min(oldest, nextSequence) - firstRecent))
        recent.removeFirst(count)
        firstRecent += UInt64(count)
    }

    mutating func publishMark(for wish: ModelEvent.Wish) async throws -> ModelEvent {
        var event: ModelEvent
        repeat {
            event = ModelEvent(
                number: nextNumber, type: roll(0..<3), key: roll(1..<3), total: roll(0..<100), time: clock.now())
        } while !wish.wants(event)
        nextNumber += 1
        let published = try await bus.publish([event.envelope])
        guard published.map(\.sequence) == [nextSequence] else {
            throw Failure(description: "the mark is \(published), not \(nextSequence)")
        }
        show(event)
        return event
    }

    /// Gives an event to the groups that want it.
    mutating func show(_ event: ModelEvent) {
        let sequence = nextSequence
        for index in groups.indices where groups[index]?.wish.wants(event) == true {
            groups[index]?.add(sequence, event)
        }
        recent.append(event)
    }
}
