import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct SagaRunTests {
    @Test func `a saga starts once and its row follows its transitions`() async throws {
        try await Bench.with { bench in
            try await bench.running(bench.trips()) {
                try await bench.publish(TripBooked(trip: "t", nights: 2))
                await bench.bus.waitUntilIdle()
                let started = try #require(try await bench.database.saga(Trip.self, id: "t"))
                #expect(started.status == .running)
                #expect(started.stage == "booking")
                try await bench.publish(TripBooked(trip: "t", nights: 9), HotelHeld(trip: "t"))
                await bench.bus.waitUntilIdle()
                let held = try #require(try await bench.database.saga(Trip.self, id: "t"))
                #expect(held.stage == "hotelHeld")
                #expect(held.state?.text.contains(#""nights":2"#) == true)
                #expect(held.steps.map(\.name) == ["hotel"])
                try await bench.publish(FlightHeld(trip: "t"))
                await bench.bus.waitUntilIdle()
                let done = try #require(try await bench.database.saga(Trip.self, id: "t"))
                #expect(done.status == .completed)
                #expect(done.stage == "done")
                #expect(
                    done.history.map(\.what) == [
                        TripBooked.type.rawValue, HotelHeld.type.rawValue, FlightHeld.type.rawValue,
                    ])
                #expect(done.history.map(\.to) == ["booking", "hotelHeld", "done"])
                #expect(try await bench.count("tidings_sagas") == 1)
                #expect(try await bench.outbox() == [TripDone.type.rawValue])
                #expect(try await bench.database.saga(Trip.self, id: "other") == nil)
            }
        }
    }

    @Test func `what a saga publishes carries the correlation of the event that started it`() async throws {
        try await Bench.with { bench in
            let witness = try await bench.join("witness")
            try await bench.running(bench.trips(), relay: bench.bus) {
                let booked = try bench.envelope(of: TripBooked(trip: "t", nights: 2), correlationID: "talk")
                try await bench.bus.publish([booked])
                try await bench.publish(HotelHeld(trip: "t"), FlightHeld(trip: "t"))
                var events: [Envelope] = []
                while events.count < 4 {
                    let deliveries = try await witness.next(atMost: 10)
                    events += deliveries.map(\.event)
                    try await witness.settle(deliveries.map { .acknowledge($0.receipt) })
                }
                let done = try #require(events.first { $0.type == TripDone.type })
                #expect(done.correlationID == "talk")
                #expect(done.causationID == events.first { $0.type == FlightHeld.type }?.id)
            }
        }
    }

    @Test func `events that come early are kept and applied after the start`() async throws {
        try await Bench.with { bench in
            try await bench.running(bench.trips()) {
                try await bench.publish(HotelHeld(trip: "t"))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.database.saga(Trip.self, id: "t")?.status == .early)
                try await bench.publish(FlightHeld(trip: "t"))
                await bench.bus.waitUntilIdle()
                bench.clock.advance(by: .seconds(1))
                let start = bench.clock.now()
                try await bench.publish(TripBooked(trip: "t", nights: 2))
                await bench.bus.waitUntilIdle()
                let saga = try #require(try await bench.database.saga(Trip.self, id: "t"))
                #expect(saga.status == .completed)
                #expect(saga.startedAt >= start)
                #expect(try await bench.outbox() == [TripDone.type.rawValue])
            }
        }
    }

    @Test func `an early event that is refused is parked by itself and the start stands`() async throws {
        try await Bench.with { bench in
            let parcels = bench.subscriber("parcels") { SagaHandler(Picky.self) }
            try await bench.running(parcels) {
                try await bench.publish(Placed(order: "p", note: "poison"), Placed(order: "p", note: "good"))
                await bench.bus.waitUntilIdle()
                try await bench.publish(Counted(order: "p", number: 1))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.outbox() == ["trip.done.v1"])
                #expect(try await bench.database.saga(Picky.self, id: "p")?.status == .running)
                let parked = try #require(try await bench.database.parkedEvents().first)
                #expect(try parked.event.decode(Placed.self).note == "poison")
                #expect(parked.attempts == 1)
                Picky.moods.turn()
                try await bench.until(advancing: .milliseconds(100)) { try await bench.count("tidings_parked") == 0 }
                #expect(try await bench.outbox() == ["trip.done.v1", "trip.done.v1"])
            }
        }
    }

    @Test func `early events beyond the bound are not kept in the saga but parked`() async throws {
        try await Bench.with { bench in
            try await bench.running(bench.trips()) {
                for _ in 0..<18 { try await bench.publish(HotelHeld(trip: "t")) }
                await bench.bus.waitUntilIdle()
                #expect(try await bench.count("tidings_parked") == 2)
                #expect(try await bench.database.saga(Trip.self, id: "t")?.history.count == 16)
            }
        }
    }

    @Test func `a time-out fires once at its time`() async throws {
        try await Bench.with { bench in
            try await bench.running(bench.trips()) {
                try await bench.publish(TripBooked(trip: "t", nights: 2))
                await bench.bus.waitUntilIdle()
                let begun = bench.clock.now()
                try await bench.until(advancing: .milliseconds(500)) { try await !bench.outbox().isEmpty }
                let saga = try #require(try await bench.database.saga(Trip.self, id: "t"))
                #expect(saga.status == .compensated)
                #expect(saga.reason == "no hotel")
                let fired = try #require(saga.history.first { $0.what == "time-out" })
                #expect(fired.at - begun >= .seconds(60))
                bench.clock.advance(by: .seconds(3600))
                try await bench.publish(TripBooked(trip: "other", nights: 1))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.outbox() == [TripLost.type.rawValue])
            }
        }
    }

    @Test func `a stage that is left in time does not time out`() async throws {
        try await Bench.with { bench in
            try await bench.running(bench.trips()) {
                try await bench.publish(TripBooked(trip: "t", nights: 2), HotelHeld(trip: "t"))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.count("tidings_sagas", where: "wake_at IS NULL") == 1)
            }
        }
    }

    @Test func `a finished saga stays and answers late events where a transition exists`() async throws {
        try await Bench.with { bench in
            try await bench.running(bench.trips()) {
                try await bench.publish(TripBooked(trip: "t", nights: 2), HotelHeld(trip: "t"), FlightHeld(trip: "t"))
                await bench.bus.waitUntilIdle()
                try await bench.publish(FlightHeld(trip: "t"), TripBooked(trip: "t", nights: 1))
                try await bench.publish(TripQueried(trip: "t"))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.database.saga(Trip.self, id: "t")?.status == .completed)
                #expect(try await bench.outbox() == [TripDone.type.rawValue, TripDone.type.rawValue])
            }
        }
    }

    @Test func `a state of an older version is migrated`() async throws {
        try await Bench.with { bench in
            try await bench.running(bench.trips()) {
                try await bench.publish(TripBooked(trip: "t", nights: 2))
                await bench.bus.waitUntilIdle()
                _ = try await bench.database.transaction { transaction in
                    try transaction.execute(
                        "UPDATE tidings_sagas SET state_version = 1, state = '{\"trip\":\"t\",\"days\":4,\"stage\":\"booking\"}'"
                    )
                }
                try await bench.publish(HotelHeld(trip: "t"))
                await bench.bus.waitUntilIdle()
                let saga = try #require(try await bench.database.saga(Trip.self, id: "t"))
                #expect(saga.stage == "hotelHeld")
                #expect(saga.state?.text.contains(#""nights":3"#) == true)
                #expect(try await bench.count("tidings_sagas", where: "state_version = 2") == 1)
            }
        }
    }

    @Test func `events of older versions are lifted and an event of a wrong shape is a dead letter`() async throws {
        try await Bench.with { bench in
            try await bench.running(bench.trips()) {
                try await bench.publish(TripBookedV1(trip: "t"))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.database.saga(Trip.self, id: "t")?.state?.text.contains(#""nights":1"#) == true)
                var wrong = try bench.envelope(of: HotelHeld(trip: "t"))
                wrong.data = EventBytes("{}")
                try await bench.bus.publish([wrong])
                await bench.bus.waitUntilIdle()
                #expect(try await bench.database.deadLetterCount() == 1)
            }
        }
    }
}

/// A saga that refuses poison until its mood is better, and answers everything else.
private struct Picky: Saga {
    typealias ID = String

    enum Stage: String, Codable {
        case open
    }

    let order: String
    var stage = Stage.open

    static let moods = Dial()

    static var definition: SagaDefinition<Picky> {
        Starts(on: Counted.self, id: \.order) { Picky(order: $0.order) }
        When(Placed.self, id: \.order) { saga, placed in
            if placed.note == "poison", moods.value == 0 { throw Unhappy() }
            return [.publish(TripDone(trip: saga.order))]
        }
    }
}
