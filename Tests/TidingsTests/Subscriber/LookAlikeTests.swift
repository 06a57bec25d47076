import Testing
import Tidings
import TidingsRouting
import TidingsTesting

/// A type whose name is composed, and one that only looks like it.
private struct Opened: Event {
    static let type = EventType(rawValue: composed + ".opened.v1")
    let order: String
    var subject: String? { order }
}

private struct OtherOpened: Event {
    static let type = EventType(rawValue: decomposed + ".opened.v1")
    let order: String
    var subject: String? { order }
}

private struct Waiting: Saga {
    typealias ID = String
    enum Stage: String, Codable { case open, done }
    static let name = "Waiting"
    let order: String
    var stage = Stage.open

    static var definition: SagaDefinition<Waiting> {
        Starts(on: Opened.self, id: \.order) { Waiting(order: $0.order) }
        When(Placed.self, id: \.order) { _, _ in
            [.setTimeout(composed, after: .seconds(1)), .setTimeout(decomposed, after: .seconds(2))]
        }
        Timeout(composed) { _ in [.publish(Reserved(order: "composed"))] }
        Timeout(decomposed) { _ in [.publish(Reserved(order: "decomposed"))] }
    }
}

private struct Misnamed: Saga {
    typealias ID = String
    enum Stage: String, Codable { case open }
    static let name = decomposed
    let order: String
    var stage = Stage.open

    static var definition: SagaDefinition<Misnamed> {
        Starts(on: Opened.self, id: \.order) { Misnamed(order: $0.order) }
    }
}

/// Names that look alike and differ in their bytes, through the whole runtime.
@Suite(.timeLimit(.minutes(1))) struct LookAlikeTests {
    @Test func `each type is handled by its own handler`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                On(Opened.self) { try $1.note("composed \($0.order)") }
                On(OtherOpened.self) { try $1.note("decomposed \($0.order)") }
            }
            try await bench.running(stock) {
                try await bench.publish(Opened(order: "a"), OtherOpened(order: "b"))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen().sorted() == ["composed a", "decomposed b"])
            }
        }
    }

    @Test func `an event of another source is not taken for one that was handled`() async throws {
        try await Bench.with { bench in
            let calls = Dial()
            let stock = bench.subscriber {
                On(Rang.self, from: .anywhere) { _, _ in
                    calls.turn()
                } then: { rang, _, transaction in
                    try transaction.note(rang.bell)
                }
            }
            var first = try bench.envelope(of: Rang(bell: "first"))
            first.source = "/" + composed
            var other = try bench.envelope(of: Rang(bell: "other"), id: first.id)
            other.source = "/" + decomposed
            try await bench.running(stock) {
                try await bench.bus.publish([first])
                await bench.bus.waitUntilIdle()
                try await bench.bus.publish([first, other])
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == ["first", "other"])
                #expect(calls.value == 2)
            }
        }
    }

    @Test func `a key that is held up holds up itself, and not one that looks like it`() async throws {
        try await Bench.with { bench in
            let parked = ParkedEvents(consumer: "stock", afterDeadLetter: .continue, types: [Placed.type])
            let event = try bench.envelope(of: Placed(order: decomposed))
            try await bench.database.transaction { transaction in
                let now = transaction.now
                let failure = ParkedEvents.Failure(error: Unhappy(), handler: "On(Placed)", attempts: 1, retryAt: now)
                try parked.insert(event, key: .init(decomposed), failedWith: failure, at: now, in: transaction)
                let keys = [composed, decomposed]
                for keys in [keys, keys.reversed()] {
                    let blocked = try parked.blockedKeys(among: keys.map { .init($0) }, in: transaction)
                    #expect(blocked.map { Array($0.bytes) } == [Array(decomposed.utf8)])
                }
            }
        }
    }

    @Test func `sagas, and the time-outs of one, are two`() async throws {
        try await Bench.with { bench in
            let sagas = bench.subscriber { SagaHandler(Waiting.self) }
            try await bench.running(sagas) {
                try await bench.publish(Opened(order: composed), Opened(order: decomposed))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.count("tidings_sagas") == 2)
                try await bench.publish(Placed(order: composed))
                await bench.bus.waitUntilIdle()
                try await bench.until(advancing: .milliseconds(200)) { try await bench.outbox().count == 2 }
            }
        }
        var journal = SagaJournal()
        journal.timeouts = [.init(composed): Timestamp(microseconds: 1), .init(decomposed): Timestamp(microseconds: 2)]
        #expect(try SagaJournal(binary: journal.binary()[...]).timeouts.count == 2)
    }

    @Test func `names of subscribers and sagas are plain text`() async throws {
        try await Bench.with { bench in
            let misnamed = bench.subscriber(decomposed) { On(Placed.self) { _, _ in } }
            let error = await #expect(throws: TidingsError.self) { try await misnamed.run() }
            #expect(error?.code == .misconfigured)
            #expect(error?.message.contains("U+0301 is a combining mark") == true)
            let saga = bench.subscriber { SagaHandler(Misnamed.self) }
            let other = await #expect(throws: TidingsError.self) { try await saga.run() }
            #expect(other?.code == .misconfigured)
            #expect(other?.message.contains("the name of a saga is") == true)
        }
    }
}
