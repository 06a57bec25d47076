import Testing
import Tidings
import TidingsTesting

/// Events of the outbox that a person has to see to.
@Suite(.timeLimit(.minutes(1))) struct SetAsideTests {
    private func publish(_ count: Int, on bench: Bench) async throws {
        for number in 0..<count {
            _ = try await bench.database.transaction { try $0.publish(Counted(order: "a", number: number)) }
        }
    }

    @Test func `what is set aside does not count among the first of what waits`() async throws {
        try await Bench.with { bench in
            try await publish(3, on: bench)
            try await bench.database.transaction { transaction in
                try Outbox.setAside(1, because: "for a test", in: transaction)
                let batch = try Outbox.next(atMost: 1, bytes: 1 << 20, in: transaction)
                #expect(batch.rows.map(\.place) == [2])
            }
        }
    }

    @Test func `what is set aside is discarded when a person says so, and nothing else with it`() async throws {
        try await Bench.with { bench in
            let all = try await bench.join("all")
            try await publish(4, on: bench)
            try await bench.database.transaction { transaction in
                for place: Int64 in [2, 3] { try Outbox.setAside(place, because: "for a test", in: transaction) }
            }
            let (first, second) = try await (bench.database.discardSetAside(), bench.database.discardSetAside())
            #expect([first, second] == [2, 0])
            let (aside, restored) = try await (bench.database.setAsideCount(), bench.database.retryOutbox())
            #expect([aside, restored] == [0, 0])
            try await bench.running(relay: bench.bus) {
                try await bench.until(advancing: .milliseconds(50)) { try await bench.count("tidings_outbox") == 0 }
            }
            #expect(try await all.next(atMost: 9).map { try $0.event.decode(Counted.self).number } == [0, 3])
        }
    }

    @Test func `the next relay reads what could not be read, and leaves what has killed its service`() async throws {
        try await Bench.with { bench in
            let all = try await bench.join("all")
            try await publish(3, on: bench)
            let bytes = try await bench.database.transaction { transaction in
                let row = try transaction.query("SELECT envelope FROM tidings_outbox WHERE place = 2")[0]
                try transaction.execute("UPDATE tidings_outbox SET envelope = x'00ff' WHERE place = 2")
                try Outbox.setAside(3, because: "begun 10 times in a row and never published", in: transaction)
                return try row.value("envelope", as: SQLValue.self)
            }
            try await bench.running(relay: bench.bus) {
                try await bench.until {
                    let depth = try await bench.database.outboxDepth()
                    return depth.setAsideCount == 2 && depth.count == 0
                }
            }
            // Another version can read it.
            _ = try await bench.database.transaction {
                try $0.execute("UPDATE tidings_outbox SET envelope = \(bytes) WHERE place = 2")
            }
            try await bench.running(relay: bench.bus) {
                try await bench.until(advancing: .milliseconds(50)) { try await all.depth().pending == 2 }
                try await bench.until(advancing: .milliseconds(50)) { try await bench.count("tidings_outbox") == 1 }
                try await bench.pass(.seconds(5), by: .milliseconds(500))
            }
            #expect(try await all.next(atMost: 9).map { try $0.event.decode(Counted.self).number } == [0, 1])
            #expect(try await bench.count("tidings_outbox", where: "place = 3") == 1)
        }
    }
}
