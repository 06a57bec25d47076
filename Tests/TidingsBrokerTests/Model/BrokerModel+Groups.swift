import Testing
import Tidings
import TidingsBroker
import TidingsTesting

extension BrokerModel {
    mutating func join(_ group: Int) async throws {
        let wish = groups[group]?.wish ?? ModelEvent.Wish.allCases[roll(0..<ModelEvent.Wish.allCases.count)]
        let isNew = groups[group] == nil
        guard members[group].count < 3 else { return count("joined already") }
        let since = clock.now() + .seconds(-roll(0..<60))
        var start = Subscription.Start.latest
        if isNew { start = [.latest, .latest, .earliest, .time(since)][roll(0..<4)] }
        let hasPast = start != .latest
        // The last event of the past, by which its end is seen.
        let mark: ModelEvent? = hasPast ? try await publishMark(for: wish) : nil
        count(hasPast ? "join with a past" : "join")
        if members[group].count > 0 { count("another member") }
        try await subscribe(group, wish.pattern, from: start)
        // Who joins a group that is there writes nothing.
        guard isNew else { return }
        doubts = []
        groups[group] = ModelGroup(wish)
        receipts[group] = []
        if mark != nil { try await consumePast(group, wish, start) }
    }

    mutating func leave(_ group: Int) async throws {
        guard !members[group].isEmpty else { return }
        count("leave")
        let member = members[group].remove(at: roll(0..<members[group].count))
        var doubt = Doubt(group: group)
        groups[group]?.expire(at: clock.now())
        doubt.released = groups[group]?.leave(member.id) ?? []
        await member.consumer.close()
        doubts.append(doubt)
    }

    mutating func remove(_ group: Int) async throws {
        guard groups[group] != nil else { return }
        count("remove")
        try await bus.removeGroup("group \(group)")
        doubts = []
        for member in members[group] {
            let error = await #expect(throws: TidingsError.self) { try await member.consumer.next(atMost: 1) }
            #expect(error?.code == .closed)
        }
        groups[group] = nil
        members[group] = []
    }
}
