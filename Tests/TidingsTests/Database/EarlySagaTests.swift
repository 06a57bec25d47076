import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct EarlySagaTests {
    @Test func `events whose saga is never started end as dead letters that say so`() async throws {
        try await Bench.with { bench in
            let keeper = try await Keeper(bench)
            let trips = Subscriber("trips", bus: bench.bus, database: keeper.database, logger: bench.logger) {
                SagaHandler(Trip.self)
            }
            try await bench.running(trips) {
                try await bench.publish(HotelHeld(trip: "t"), FlightHeld(trip: "t"))
                await bench.bus.waitUntilIdle()
            }
            try await keeper.pass(45)
            #expect(try await keeper.database.saga(Trip.self, id: "t")?.status == .early)
            #expect(try await keeper.database.deadLetterCount() == 0)
            try await keeper.pass(15)
            #expect(try await keeper.database.saga(Trip.self, id: "t") == nil)
            #expect(try await bench.count("tidings_saga_history") == 0)
            let letters = try await keeper.database.deadLetters()
            #expect(letters.map(\.event.type) == [HotelHeld.type, FlightHeld.type])
            #expect(letters.map(\.consumer) == ["trips", "trips"])
            #expect(letters.map(\.handler) == HotelHeld.handlers + FlightHeld.handlers)
            #expect(Set(letters.map(\.error)) == ["the Trip t that it is for was never started"])
            #expect(letters.map(\.attempts) == [1, 1])
            #expect(
                keeper.log.all == [
                    "info made dead letters of early events whose sagas were never started events=2 sagas=1"
                ])
        }
    }

    @Test func `they are redriven once the saga is started`() async throws {
        try await Bench.with { bench in
            let keeper = try await Keeper(bench)
            let trips = Subscriber("trips", bus: bench.bus, database: keeper.database, logger: bench.logger) {
                SagaHandler(Trip.self)
            }
            try await bench.running(trips) {
                try await bench.publish(HotelHeld(trip: "t"))
                await bench.bus.waitUntilIdle()
            }
            try await keeper.pass(60)
            try await bench.running(trips) {
                // The dead letter holds up no start.
                try await bench.publish(TripBooked(trip: "t", nights: 2))
                await bench.bus.waitUntilIdle()
                #expect(try await keeper.database.saga(Trip.self, id: "t")?.stage == "booking")
                #expect(try await keeper.database.redrive(DeadLetterFilter()) == 1)
                try await bench.until {
                    try await keeper.database.saga(Trip.self, id: "t")?.stage == "hotelHeld"
                }
            }
            #expect(try await bench.count("tidings_parked") == 0)
        }
    }

    @Test func `an event that comes keeps the earlier ones for as long again`() async throws {
        try await Bench.with { bench in
            let keeper = try await Keeper(bench)
            let trips = Subscriber("trips", bus: bench.bus, database: keeper.database, logger: bench.logger) {
                SagaHandler(Trip.self)
            }
            try await bench.running(trips) {
                try await bench.publish(HotelHeld(trip: "t"))
                await bench.bus.waitUntilIdle()
            }
            try await keeper.pass(40)
            try await bench.running(trips) {
                try await bench.publish(FlightHeld(trip: "t"))
                await bench.bus.waitUntilIdle()
            }
            try await keeper.pass(40)
            #expect(try await keeper.database.saga(Trip.self, id: "t")?.status == .early)
            try await bench.running(trips) {
                try await bench.publish(TripBooked(trip: "t", nights: 2))
                await bench.bus.waitUntilIdle()
            }
            try await keeper.pass(60)
            #expect(try await keeper.database.saga(Trip.self, id: "t")?.status == .completed)
            #expect(try await keeper.database.deadLetterCount() == 0)
        }
    }
}

extension Event {
    fileprivate static var handlers: [String] { ["SagaHandler(Trip, \(type))"] }
}
