import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct SagaOwnershipTests {
    @Test func `subscribers of one database have sagas of their own, also of one kind and id`() async throws {
        try await Bench.with { bench in
            let first = bench.subscriber("first") { SagaHandler(Trip.self) }
            let second = bench.subscriber("second") { SagaHandler(Trip.self) }
            try await bench.running(first, second) {
                try await bench.publish(TripBooked(trip: "t", nights: 2), HotelHeld(trip: "t"), FlightHeld(trip: "t"))
                await bench.bus.waitUntilIdle()
                let sagas = try await bench.database.sagas(id: "t")
                #expect(sagas.map(\.consumer) == ["first", "second"])
                #expect(sagas.map(\.status) == [.completed, .completed])
                #expect(sagas.map(\.history.count) == [3, 3])
                #expect(try await bench.outbox() == [TripDone.type.rawValue, TripDone.type.rawValue])
            }
        }
    }

    @Test func `each subscriber wakes its own sagas`() async throws {
        try await Bench.with { bench in
            let first = bench.subscriber("first") { SagaHandler(Trip.self) }
            let second = bench.subscriber("second") { SagaHandler(Trip.self) }
            try await bench.running(first, second) {
                try await bench.publish(TripBooked(trip: "t", nights: 2))
                await bench.bus.waitUntilIdle()
            }
            try await bench.running(first) {
                try await bench.until(advancing: .seconds(1)) {
                    try await bench.database.saga(Trip.self, id: "t", of: "first")?.status == .compensated
                }
                #expect(try await bench.database.saga(Trip.self, id: "t", of: "second")?.status == .running)
            }
        }
    }

    @Test func `which of several sagas is meant has to be said`() async throws {
        try await Bench.with { bench in
            let first = bench.subscriber("first") { SagaHandler(Trip.self) }
            let second = bench.subscriber("second") { SagaHandler(Trip.self) }
            try await bench.running(first, second) {
                try await bench.publish(TripBooked(trip: "t", nights: 2))
                await bench.bus.waitUntilIdle()
            }
            let database = bench.database
            let error = await #expect(throws: TidingsError.self) { _ = try await database.saga(Trip.self, id: "t") }
            #expect(error?.code == .invalid)
            #expect(error?.message == "several subscribers have a Trip t; name one of them: first, second")
            await #expect(throws: TidingsError.self) {
                _ = try await database.retryCompensation(ofSaga: "Trip", id: "t")
            }
            #expect(try await database.retryCompensation(ofSaga: "Trip", id: "t", of: "first") == false)
            #expect(try await database.saga(Trip.self, id: "t", of: "second")?.consumer == "second")
            #expect(try await database.saga(Trip.self, id: "t", of: "third") == nil)
        }
    }

    @Test func `sagas are listed in the order in which they began, by subscriber and page by page`() async throws {
        try await Bench.with { bench in
            let first = bench.subscriber("first") { SagaHandler(Trip.self) }
            let second = bench.subscriber("second") { SagaHandler(Trip.self) }
            try await bench.running(second) {
                try await bench.publish(TripBooked(trip: "b", nights: 2))
                await bench.bus.waitUntilIdle()
            }
            try await bench.running(first, second) {
                try await bench.publish(TripBooked(trip: "a", nights: 2))
                await bench.bus.waitUntilIdle()
            }
            let all = try await bench.database.sagas()
            #expect(all.map(\.id) == ["b", "a", "a"])
            let page = try await bench.database.sagas(after: all[0].number, limit: 1)
            #expect(page.map(\.number) == [all[1].number])
            let ofSecond = try await bench.database.sagas(matching: SagaFilter(consumer: "second"))
            #expect(ofSecond.map(\.id) == ["b", "a"])
        }
    }
}
