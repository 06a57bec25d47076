import Tidings

extension BusConformance {
    static let duplicateChecks = [
        Check("a publisher's retry is published once, under its first sequence") { bench in
            let consumer = try await bench.join("group")
            let events = (1...3).map { bench.event($0, key: "a") }
            let first = try await bench.publish([events[0]], retries: [:])
            let second = try await bench.publish([events[1], events[0], events[2]], retries: [1: first[0]])
            let sequences = [0: first[0], 1: second[0], 2: second[2]]
            try await bench.publish(events, retries: sequences)
            try await bench.publish([events[1]], retries: [0: second[0]])
            try await bench.expectDelivered([1, 2, 3], retried: [1, 1, 2, 3, 2], to: consumer)
        },
        Check("an event that stands several times in a batch is published once") { bench in
            let consumer = try await bench.join("group")
            let one = bench.event(1)
            let published = try await bench.bus.publish([one, one, bench.event(2), one])
            let isKnown = bench.has(.duplicates)
            try bench.expect(published.map(\.isDuplicate), is: [false, isKnown, false, isKnown], "what is a duplicate")
            if isKnown {
                let first = published[0].sequence
                try bench.expect([1, 3].map { published[$0].sequence }, is: [first, first], "the sequences")
            }
            try await bench.expectDelivered([1, 2], retried: [1, 1], to: consumer)
        },
        Check("source and id make an event what it is, and nothing else does") { bench in
            let consumer = try await bench.join("group")
            let event = bench.event(1)
            let first = try await bench.publish([event], retries: [:])
            var ofAnotherSource = event
            ofAnotherSource.source = "/another"
            ofAnotherSource.data = EventBytes("2")
            try await bench.publish([ofAnotherSource], retries: [:])
            var changed = bench.event(3, key: "b", type: "another.type.v1")
            changed.id = event.id
            try await bench.publish([changed], retries: [0: first[0]])
            try await bench.expectDelivered([1, 2], retried: [3], to: consumer)
        },
        Check("a retry reaches no group that was made after the event") { bench in
            let event = bench.event(1)
            let first = try await bench.publish([event], retries: [:])
            let consumer = try await bench.join("group")
            try await bench.publish([event], retries: [0: first[0]])
            try await bench.expectDelivered([], retried: [1], to: consumer)
        },
        Check("what was refused may be published again") { bench in
            let consumer = try await bench.join("group")
            let bus = bench.bus
            var broken = bench.event(2)
            broken.data = EventBytes("{")
            let batch = [bench.event(1), broken]
            try await bench.expect(.invalid, from: "publishing a broken batch") { try await bus.publish(batch) }
            broken.data = EventBytes("2")
            try await bench.publish([batch[0], broken], retries: [:])
            try await bench.expectDelivered([1, 2], retried: [], to: consumer)
        },
        Check("several publishers of one event at one moment publish it once") { bench in
            let consumer = try await bench.join("group")
            let event = bench.event(0)
            let own = (1...8).map { bench.event($0) }
            let bus = bench.bus
            let reports = try await bench.within("eight publishers") {
                try await withThrowingTaskGroup(of: PublishedEvent.self) { group in
                    for other in own { group.addTask { try await bus.publish([event, other])[0] } }
                    return try await group.reduce(into: [PublishedEvent]()) { $0.append($1) }
                }
            }
            let isKnown = bench.has(.duplicates)
            try bench.expect(reports.count { !$0.isDuplicate }, is: isKnown ? 1 : 8, "how many were the first")
            if isKnown { try bench.expect(Set(reports.map(\.sequence)).count, is: 1, "the count of sequences") }
            try await bench.expectDelivered(
                Array(0...8), retried: [Int](repeating: 0, count: 7), to: consumer)
        },
        Check("a retry is recognised after a restart of a durable bus") { bench in
            let events = (1...3).map { bench.event($0) }
            _ = try await bench.join("group")
            let first = try await bench.publish(events, retries: [:])
            try await bench.restart()
            let consumer = try await bench.join("group")
            guard bench.has(.durable) else {
                try await bench.publish([events[1]], retries: [:])
                try bench.expect(try await bench.drain(1, from: consumer), is: [2], "what comes after a restart")
                return try await bench.expectNothing(for: consumer, "a bus that is not durable was restarted")
            }
            try await bench.publish([events[2], bench.event(4), events[0]], retries: [0: first[2], 2: first[0]])
            try await bench.restart()
            try await bench.publish([events[1]], retries: [0: first[1]])
            try await bench.expectDelivered(
                [1, 2, 3, 4], retried: [3, 1, 2], to: try await bench.join("group"))
        },
        Check("a retry is recognised for so long, counted from the first time, and not for longer") { bench in
            let consumer = try await bench.join("group")
            let event = bench.event(1)
            let first = try await bench.publish([event], retries: [:])
            try await bench.pass(bench.duplicateWindow * 0.95)
            try await bench.publish([event], retries: [0: first[0]])
            // Where time is kept to the second.
            try await bench.pass(bench.duplicateWindow * 0.05 + .milliseconds(1001))
            let second = try await bench.publish([event], retries: [:])
            let isRising = second[0].sequence > first[0].sequence
            try bench.expect(isRising || second[0].sequence == 0, "an event that is published again has a new sequence")
            try await bench.publish([event], retries: [0: second[0]])
            try await bench.expectDelivered([1, 1], retried: [1, 1], to: consumer)
        },
    ]
}

extension BusBench {
    /// Publishes, and expects some events, by their places, to be recognised as the retries of others, if the bus can.
    @discardableResult
    fileprivate func publish(_ events: [Envelope], retries: [Int: PublishedEvent]) async throws -> [PublishedEvent] {
        let published = try await bus.publish(events)
        try expect(published.map(\.id), is: events.map(\.id), "the ids that publish returns")
        for (place, report) in published.enumerated() {
            let first = has(.duplicates) ? retries[place] : nil
            try expect(report.isDuplicate, is: first != nil, "whether event \(place) is a duplicate")
            if let first { try expect(report.sequence, is: first.sequence, "the sequence of a duplicate") }
        }
        return published
    }

    /// Expects a group to get events, and retries as well if the bus does not recognise them; and no more.
    fileprivate func expectDelivered(
        _ numbers: [Int], retried: [Int], to consumer: any EventConsumer
    ) async throws {
        let expected = has(.duplicates) ? numbers : numbers + retried
        let found = expected.isEmpty ? [] : try await drain(expected.count, from: consumer)
        try expect(found.sorted(), is: expected.sorted(), "what is delivered")
        try await expectNothing(for: consumer, "everything has come")
    }
}
