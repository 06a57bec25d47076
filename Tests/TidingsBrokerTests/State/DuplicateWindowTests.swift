import Testing
import Tidings
import TidingsBroker
import TidingsTesting

@Suite struct DuplicateWindowTests {
    private static let span = Duration.seconds(120)

    private func identity(_ number: Int, source: String = "/test") -> EventIdentity {
        var event = Envelope.numbered(number)
        event.source = source
        return EventIdentity(envelope: event.binary().span.bytes, EventIdentity.Key(1, 2))
    }

    /// A window that keeps what was added, and nothing else.
    private struct Naive {
        struct Item {
            let number: Int
            let sequence: UInt64
            let time: Timestamp
        }

        let limit: Int
        var next: UInt64
        var items: [Item] = []

        mutating func append(_ number: Int, at time: Timestamp) {
            items.append(Item(number: number, sequence: next, time: time))
            next += 1
        }

        mutating func removeLast(_ count: Int) {
            items.removeLast(count)
            next -= UInt64(count)
        }

        /// What must be known, and what must not be; the second at the end of the span may be either.
        func answer(_ number: Int, at now: Timestamp) -> (must: UInt64?, may: UInt64?) {
            let index = items.lastIndex { $0.number == number }
            guard let index, items.count - index <= limit, now - items[index].time <= span + .seconds(2) else {
                return (nil, nil)
            }
            let sequence = items[index].sequence
            return (now - items[index].time <= span ? sequence : nil, sequence)
        }
    }

    @Test(arguments: [(1, 1_000_000), (2, 1_000_000), (3, 700), (4, 50), (5, 1)] as [(UInt64, Int)])
    func `it knows what a plain list knows, by age and by number`(seed: UInt64, limit: Int) {
        var random = SplitMix64(seed: seed)
        var window = DuplicateWindow(limit: limit, next: 1000)
        var naive = Naive(limit: limit, next: 1000)
        var now = Timestamp(seconds: 10_000)
        var next = 0
        var found = 0
        var removed = 0
        for _ in 0..<6000 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0: now = now + .milliseconds(Int.random(in: 0...30_000, using: &random))
            case 1: now = now + .seconds(Int.random(in: 0..<40, using: &random) == 0 ? 300 : 0)
            case 2 where limit > 10_000:
                // A record that was refused: nothing of it may stay.
                window.expire(at: now)
                let count = Int.random(in: 1...20, using: &random)
                for number in next..<next + count {
                    window.append(identity(number), at: now)
                    naive.append(number, at: now)
                }
                window.removeLast(count)
                naive.removeLast(count)
                removed += count
                for number in next..<next + count { #expect(window.find(identity(number)) == nil) }
            default:
                now = now + .milliseconds(Int.random(in: 0...400, using: &random))
                window.expire(at: now)
                window.append(identity(next), at: now)
                naive.append(next, at: now)
                next += 1
            }
            window.expire(at: now)
            for number in [next - 1, Int.random(in: max(0, next - 900)...next, using: &random)] where number >= 0 {
                let (must, may) = naive.answer(number, at: now)
                let answer = window.find(identity(number))
                #expect(answer == must || answer == may, "event \(number), seed \(seed)")
                if answer != nil { found += 1 }
            }
            if let oldest = naive.items.first { #expect(window.start >= oldest.sequence) }
            #expect(window.start <= naive.next)
        }
        #expect(found > 100 && (limit < 10_000 || removed > 100))
    }

    @Test func `another source is another event`() {
        var window = DuplicateWindow()
        window.append(identity(1), at: Timestamp(seconds: 1))
        #expect(window.find(identity(1)) == 1)
        #expect(window.find(identity(1, source: "/other")) == nil)
        #expect(window.find(identity(2)) == nil)
    }

    @Test func `emptied by time, it begins anew with the next sequence`() {
        var window = DuplicateWindow(next: 5)
        for number in 0..<3000 { window.append(identity(number), at: Timestamp(seconds: Int64(number / 100))) }
        #expect(window.find(identity(0)) == 5)
        window.expire(at: Timestamp(seconds: 10_000))
        #expect(window.start == 3005)
        #expect((0..<3000).allSatisfy { window.find(identity($0)) == nil })
        window.append(identity(7), at: Timestamp(seconds: 10_000))
        #expect(window.find(identity(7)) == 3005)
    }

    @Test func `while its table grows it knows what is in it, and nothing else`() {
        var random = SplitMix64(seed: 1)
        let identities = (0..<5000).map { identity($0) }
        var window = DuplicateWindow(limit: 3000, next: 1)
        for (number, identity) in identities.enumerated() {
            if number % 5 == 0 {
                // A record that was refused.
                window.append(identity, at: Timestamp(seconds: 1))
                window.removeLast(1)
                #expect(window.find(identity) == nil)
            }
            window.append(identity, at: Timestamp(seconds: 1))
            let oldest = max(0, number - 2999)
            for known in [oldest, Int.random(in: oldest...number, using: &random), number] {
                #expect(window.find(identities[known]) == UInt64(known) + 1)
            }
            if oldest > 0 { #expect(window.find(identities[Int.random(in: 0..<oldest, using: &random)]) == nil) }
        }
    }

    @Test(arguments: [200, 600, 1000, 2500])
    func `a refused record that let the table grow leaves nothing behind`(count: Int) {
        let identities = (0..<6000).map { identity($0) }
        var window = DuplicateWindow(next: 1)
        for number in 0..<400 { window.append(identities[number], at: Timestamp(seconds: 1)) }
        for number in 400..<400 + count { window.append(identities[number], at: Timestamp(seconds: 1)) }
        window.removeLast(count)
        for number in 400..<5000 {
            #expect(window.find(identities[number]) == nil)
            window.append(identities[number], at: Timestamp(seconds: 1))
        }
        #expect((0..<5000).allSatisfy { window.find(identities[$0]) == UInt64($0) + 1 })
    }

    @Test func `what grows old while its table grows is forgotten`() {
        let identities = (0..<4000).map { identity($0) }
        for count in stride(from: 500, through: 2500, by: 50) {
            var window = DuplicateWindow(next: 1)
            for number in 0..<count { window.append(identities[number], at: Timestamp(seconds: Int64(number))) }
            window.expire(at: Timestamp(seconds: Int64(count) + 1000))
            for number in 0..<count { #expect(window.find(identities[number]) == nil) }
            for number in count..<count + 1500 {
                window.append(identities[number], at: Timestamp(seconds: Int64(count) + 1000))
            }
            #expect((0..<count + 1500).allSatisfy { (window.find(identities[$0]) != nil) == ($0 >= count) })
        }
    }
}
