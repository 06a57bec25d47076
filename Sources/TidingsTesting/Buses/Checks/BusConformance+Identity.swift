import Tidings
import TidingsRouting

extension BusConformance {
    static let identityChecks = [
        Check("sources, ids, types and keys that only look alike are told apart") { bench in
            let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
            let types = [composed, decomposed].map { EventType(rawValue: $0) }
            let one = try await bench.join("one", EventPattern(types: [types[0].rawValue]))
            let other = try await bench.join("other", EventPattern(types: [types[1].rawValue]))
            let all = try await bench.join(composed)
            var events = [1, 2, 3, 4].map { bench.event($0, key: $0 == 1 ? composed : decomposed, type: types[0]) }
            events[0].id = EventID(composed)
            events[1].id = EventID(decomposed)
            events[2].id = events[0].id
            events[2].source += composed
            events[3].id = events[0].id
            events[3].source += decomposed
            events[3].type = types[1]
            let published = try await bench.bus.publish(events)
            try bench.expect(published.map(\.isDuplicate), is: [false, false, false, false], "what is a duplicate")
            try bench.expect(try await bench.drain(3, from: one).sorted(), is: [1, 2, 3], "what the first group gets")
            try bench.expect(try await bench.drain(1, from: other), is: [4], "what the other group gets")
            // While the first key is out, the one that looks like it goes on.
            let first = try await bench.next(all, atMost: 1)
            let rest = try await bench.take(3, from: try await bench.join(composed))
            try bench.expect(
                BusBench.numbers(first + rest).sorted(), is: [1, 2, 3, 4], "what the group gets of all types")
            try bench.expect(
                first.map { Array(($0.event.subject ?? "").utf8) }, is: [Array(composed.utf8)], "the key as it came")
        },
        Check("the name of a group is plain text") { bench in
            let bus = bench.bus
            for name in ["cafe\u{301}", "a\u{7}b", "line\nline"] {
                try await bench.expect(.invalid, from: "joining \(name.debugDescription)") {
                    _ = try await bus.subscribe(Subscription(group: name, pattern: .all))
                }
            }
        },
    ]
}
