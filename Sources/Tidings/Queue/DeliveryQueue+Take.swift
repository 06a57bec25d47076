extension DeliveryQueue {
    /// What one member took together.
    struct Take {
        /// One of its events, until it is settled or comes back.
        struct Item {
            var entry: Entry
            var deadline: Duration
            var isOut = true
        }

        /// Who has it.
        let member: UInt64
        /// None of its events comes back before this moment, at which the queue looks at them.
        var deadline: Duration
        /// By sequence.
        var items: [Item]
        /// How many of them are still out; a take ends with its last one.
        var remaining: Int
        /// Behind the item that ended last: most are settled in their order.
        var next = 0
        /// None before this one is out.
        private var low = 0

        init(member: UInt64, deadline: Duration, items: [Item], remaining: Int) {
            self.member = member
            self.deadline = deadline
            self.items = items
            self.remaining = remaining
        }

        /// The first of its events that is out, once ``findFirst()`` was called.
        var first: Entry { items[low].entry }

        /// Finds the first of its events that is out, of which there is one.
        mutating func findFirst() -> UInt64 {
            while !items[low].isOut { low += 1 }
            return items[low].entry.sequence
        }

        /// Where an event stands that is out.
        func place(of sequence: UInt64) -> Int? {
            var place = next
            if place >= items.count || items[place].entry.sequence != sequence {
                var end = items.count
                place = 0
                while place < end {
                    let middle = (place + end) / 2
                    if items[middle].entry.sequence < sequence { place = middle + 1 } else { end = middle }
                }
            }
            guard place < items.count, items[place].entry.sequence == sequence, items[place].isOut else { return nil }
            return place
        }

        /// Takes an event out; the caller accounts for it.
        mutating func end(_ place: Int) -> Entry {
            assert(items[place].isOut && remaining > 0, "an event of a take ends once")
            let entry = items[place].entry
            items[place].isOut = false
            items[place].entry.reference = nil
            remaining -= 1
            next = place + 1
            // A few that are out for long must not keep the room of all.
            if items.count > 8, remaining * 4 < items.count {
                items = items.filter(\.isOut)
                next = 0
                low = 0
            }
            return entry
        }
    }
}
