import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// Opens what survived a power cut and holds it against what was promised.
struct PowerCutVerdict {
    let promises: Promises

    private struct Defect: Error, CustomStringConvertible {
        let description: String
    }

    /// What is wrong, if anything.
    func defect(_ survivor: SimulatedFileSystem) async -> String? {
        do {
            let first = try await PowerCutWorkload.open(survivor)
            let account = try await BusAccount(of: first, groups: promises.groups.keys)
            // A second power cut, right after the recovery.
            let again = survivor.afterPowerCut(.nothing)
            survivor.cutPower()
            await first.close()
            let bus = try await PowerCutWorkload.open(again)
            guard try await BusAccount(of: bus, groups: promises.groups.keys).isSame(as: account) else {
                throw Defect(description: "the second recovery gives another state than the first")
            }
            try check(account)
            for name in account.ledgers.keys.sorted() { try await consume(bus, name) }
            let published = try await bus.publish([PowerCutWorkload.event(1_000_000)])
            guard published.map(\.sequence) == [(account.events.last?.sequence ?? 0) + 1] else {
                throw Defect(description: "the next event is \(published) behind \(account.events.last?.sequence ?? 0)")
            }
            again.cutPower()
            await bus.close()
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func check(_ account: BusAccount) throws {
        if let told = promises.told, !account.isSame(as: told) {
            throw Defect(description: "what the bus said of itself when it had been opened does not hold any more")
        }
        for (name, group) in promises.groups {
            if group.isMade, !group.isGoing, account.ledgers[name] == nil {
                throw Defect(description: "group \(name) is gone")
            }
            if group.isGone, account.ledgers[name] != nil { throw Defect(description: "group \(name) is back") }
            if account.ledgers[name]?.isBalanced == false {
                throw Defect(
                    description: "the ledger of \(name) is not balanced: \(account.ledgers[name].debugDescription)")
            }
        }
        var last: UInt64 = 0
        for event in account.events {
            let number = event.event.number
            guard event.sequence > last else { throw Defect(description: "sequence \(event.sequence) behind \(last)") }
            last = event.sequence
            guard promises.begun.contains(number), event.event == PowerCutWorkload.event(number) else {
                throw Defect(description: "event \(event.sequence) is not as it was published")
            }
            // Published one after the other, so that the number says the sequence.
            guard event.sequence == UInt64(number) + 1, promises.sequences[number].map({ $0 == event.sequence }) ?? true
            else {
                throw Defect(description: "event \(number) has sequence \(event.sequence)")
            }
        }
        // What was told is durable, and batches are whole, where compaction has not been.
        if let highest = promises.sequences.values.max(), highest > last {
            throw Defect(description: "event \(highest) was promised, and the history ends with \(last)")
        }
        for batch in promises.batches.suffix(1) {
            let there = account.events.count { batch.contains($0.event.number) }
            guard there == 0 || there == batch.count else {
                throw Defect(description: "\(there) of \(batch.count) events of a batch are there")
            }
        }
    }

    private func consume(_ bus: EmbeddedEventBus, _ name: String) async throws {
        guard let group = promises.groups[name] else { return }
        let consumer = try await bus.subscribe(Subscription(group: name, pattern: .all))
        let owed = group.owed.subtracting(group.acknowledged)
        var numbers: Set<Int> = []
        var lastOfKey: [String: UInt64] = [:]
        while try await consumer.depth().pending > 0 || !owed.isSubset(of: numbers) {
            // The past of a group may still be on its way, in the background.
            var patience = name == "early" ? 100_000 : 0
            while try await consumer.depth().pending == 0 {
                guard patience > 0 else {
                    throw Defect(description: "group \(name) has lost \(owed.subtracting(numbers).sorted())")
                }
                patience -= 1
                await Task.yield()
            }
            let deliveries = try await consumer.next(atMost: 100)
            for delivery in deliveries {
                try check(delivery, of: name, group)
                guard numbers.insert(delivery.event.number).inserted else {
                    throw Defect(description: "group \(name) has event \(delivery.event.number) twice")
                }
                guard let key = delivery.event.subject else { continue }
                guard lastOfKey[key, default: 0] < delivery.receipt.sequence else {
                    throw Defect(description: "in group \(name), event \(delivery.event.number) is out of order")
                }
                lastOfKey[key] = delivery.receipt.sequence
            }
            try await consumer.acknowledge(deliveries)
        }
    }

    private func check(_ delivery: Delivery, of name: String, _ group: Promises.Group) throws {
        let number = delivery.event.number
        guard delivery.event == PowerCutWorkload.event(number) else {
            throw Defect(description: "event \(number) of \(name) is not as it was published")
        }
        guard group.possible.contains(number) else { throw Defect(description: "\(name) never was to get \(number)") }
        guard !group.durablyAcknowledged.contains(number) else {
            throw Defect(description: "\(name) has event \(number) again, which it had durably acknowledged")
        }
        let takes = group.takes[number] ?? (0, 0)
        let least = max(0, takes.durable - group.releases[number, default: 0])
        guard (least...max(least, takes.begun)).contains(delivery.attempt - 1) else {
            throw Defect(
                description: "event \(number) of \(name) has attempt \(delivery.attempt) after \(takes) takes and "
                    + "\(group.releases[number, default: 0]) releases")
        }
    }
}
