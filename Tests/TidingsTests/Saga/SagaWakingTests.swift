import Testing
import Tidings
import TidingsTesting

/// A saga that waits for a third of a second.
private struct Nap: Saga {
    typealias ID = String
    enum Stage: String, Codable { case asleep, awake }
    let order: String
    var stage = Stage.asleep

    static var definition: SagaDefinition<Nap> {
        Starts(on: Placed.self, id: \.order) { Nap(order: $0.order) }
        Timeout(after: .milliseconds(300), in: .asleep) { nap in
            nap.stage = .awake
            return [.publish(TripDone(trip: nap.order)), .complete]
        }
    }
}

/// A saga that cannot be woken.
private struct Coma: Saga {
    typealias ID = String
    enum Stage: String, Codable { case asleep }
    let order: String
    var stage = Stage.asleep

    static let attempts = Dial()

    static var definition: SagaDefinition<Coma> {
        Starts(on: Placed.self, id: \.order) { Coma(order: $0.order) }
        Timeout(after: .seconds(10), in: .asleep) { _ in
            attempts.turn()
            throw Unhappy()
        }
    }
}

/// A saga that cannot be woken while it is broken.
private struct Insomnia: Saga {
    typealias ID = String
    enum Stage: String, Codable { case asleep, awake }
    let order: String
    var stage = Stage.asleep

    static let isBroken = Dial()

    static var definition: SagaDefinition<Insomnia> {
        Starts(on: Placed.self, id: \.order) { Insomnia(order: $0.order) }
        Timeout(after: .seconds(10), in: .asleep) { saga in
            if isBroken.value > 0 { throw Unhappy() }
            saga.stage = .awake
            return [.publish(TripDone(trip: saga.order)), .complete]
        }
    }
}

/// What wakes sagas while the database comes and goes.
@Suite(.timeLimit(.minutes(1))) struct SagaWakingTests {
    @Test func `a time-out that ends before the loop would look again wakes its saga at its moment`() async throws {
        try await Bench.with { bench in
            try await bench.running(bench.subscriber("naps") { SagaHandler(Nap.self) }) {
                try await bench.publish(Placed(order: "n"))
                await bench.bus.waitUntilIdle()
                // The loop would look after a second.
                bench.clock.advance(by: .milliseconds(300))
                try await bench.until { try await bench.outbox() == ["trip.done.v1"] }
            }
        }
    }

    @Test func `a saga that cannot be woken is named as stuck until it can`() async throws {
        try await Bench.with { bench in
            let sleepers = bench.subscriber("sleepers") { SagaHandler(Insomnia.self) }
            try await bench.running(sleepers) {
                Insomnia.isBroken.value = 1
                try await bench.publish(Placed(order: "i"))
                var stuck: [StuckWork] = []
                try await bench.until(advancing: .seconds(1)) {
                    stuck = try await bench.database.stuckWork(on: bench.bus)
                    return !stuck.isEmpty
                }
                #expect(stuck.map(\.kind) == [.saga])
                #expect(stuck[0].heldBy.contains("fails"))
                Insomnia.isBroken.value = 0
                // The call that it names does not wait for the minute to pass.
                #expect(try await bench.database.retryCompensation(ofSaga: Insomnia.name, id: "i"))
                let retried = bench.clock.now()
                try await bench.until(advancing: .milliseconds(100)) {
                    try await bench.outbox() == ["trip.done.v1"]
                }
                #expect(bench.clock.now() - retried < .seconds(50))
                #expect(try await bench.database.stuckWork(on: bench.bus).isEmpty)
            }
        }
    }

    @Test func `a saga that cannot be woken is left for a minute each time`() async throws {
        try await Bench.with { bench in
            Coma.attempts.value = 0
            let comas = bench.subscriber("comas") { SagaHandler(Coma.self) }
            try await bench.running(comas) {
                try await bench.publish(Placed(order: "c"))
                await bench.bus.waitUntilIdle()
                let start = bench.clock.now()
                try await bench.until(advancing: .milliseconds(500)) { Coma.attempts.value == 3 }
                #expect(bench.clock.now() - start >= .seconds(130))
                #expect(try await bench.count("tidings_sagas", where: "begun <= 1") == 1)
            }
        }
    }

    @Test func `an outage while sagas are woken makes none of them suspect`() async throws {
        try await Bench.with { bench in
            let (engine, database) = try await bench.failing()
            let naps = Subscriber("naps", bus: bench.bus, database: database, logger: bench.logger) {
                SagaHandler(Nap.self)
            }
            try await bench.running(naps) {
                try await bench.publish(Placed(order: "n"))
                await bench.bus.waitUntilIdle()
                engine.failedCommits.value = 12
                try await bench.until(advancing: .milliseconds(500)) { engine.failedCommits.value == 0 }
                try await bench.until(advancing: .milliseconds(500)) { try await bench.outbox() == ["trip.done.v1"] }
            }
        }
    }
}
