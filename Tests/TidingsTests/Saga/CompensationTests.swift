import Testing
import Tidings
import TidingsTesting

struct RoomFreed: Event {
    static let type: EventType = "room.freed.v1"
    let trip: String
    var subject: String? { trip }
}

struct SeatFreed: Event {
    static let type: EventType = "seat.freed.v1"
    let trip: String
    var subject: String? { trip }
}

struct FreeRoom: Event {
    static let type: EventType = "room.release-asked.v1"
    let trip: String
}

struct FreeSeat: Event {
    static let type: EventType = "seat.release-asked.v1"
    let trip: String
}

struct TripRefused: Event {
    static let type: EventType = "trip.refused.v1"
    let trip: String
    var subject: String? { trip }
}

struct HelpWanted: Event {
    static let type: EventType = "help.wanted.v1"
    let step: String
}

/// A saga whose steps are undone one after the other, each with a proof.
struct Tour: Saga {
    typealias ID = String

    enum Stage: String, Codable {
        case booking
        case refused
    }

    let trip: String
    var stage = Stage.booking

    static let compensation = CompensationPolicy(maximumAttempts: 2, timeout: .seconds(30))

    static var definition: SagaDefinition<Tour> {
        Starts(on: TripBooked.self, id: \.trip) { Tour(trip: $0.trip) }
        When(HotelHeld.self, id: \.trip) { tour, _ in
            [.step("room", compensation: FreeRoom(trip: tour.trip), compensatedBy: RoomFreed.self)]
        }
        When(FlightHeld.self, id: \.trip) { tour, _ in
            [.step("seat", compensation: FreeSeat(trip: tour.trip), compensatedBy: SeatFreed.self)]
        }
        When(TripRefused.self, id: \.trip, in: .booking) { tour, _ in
            tour.stage = .refused
            return [.compensate(reason: "refused")]
        }
        Compensated(by: RoomFreed.self, id: \.trip)
        Compensated(by: SeatFreed.self, id: \.trip)
        CompensationFailed { _, step in [.publish(HelpWanted(step: step))] }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct CompensationTests {
    private func saga(_ bench: Bench) async throws -> SagaRecord {
        try #require(try await bench.database.saga(Tour.self, id: "t"))
    }

    private func publish(_ bench: Bench, _ events: any Event...) async throws {
        for event in events { try await bench.bus.publish([try bench.envelope(of: event)]) }
        await bench.bus.waitUntilIdle()
    }

    private func with(_ body: @Sendable (Bench) async throws -> Void) async throws {
        try await Bench.with { bench in
            let tours = bench.subscriber("tours") { SagaHandler(Tour.self) }
            try await bench.running(tours) { try await body(bench) }
        }
    }

    @Test func `steps are undone in reverse and each waits for the proof of the one before`() async throws {
        try await with { bench in
            try await publish(
                bench, TripBooked(trip: "t", nights: 1), HotelHeld(trip: "t"), FlightHeld(trip: "t"),
                TripRefused(trip: "t"))
            #expect(try await bench.outbox() == [FreeSeat.type.rawValue])
            #expect(try await saga(bench).status == .compensating)
            #expect(try await saga(bench).steps.map(\.status) == [.done, .compensating])
            try await publish(bench, SeatFreed(trip: "t"))
            #expect(try await bench.outbox() == [FreeSeat.type.rawValue, FreeRoom.type.rawValue])
            #expect(try await saga(bench).steps.map(\.status) == [.compensating, .compensated])
            try await publish(bench, RoomFreed(trip: "t"))
            let end = try await saga(bench)
            #expect(end.status == .compensated)
            #expect(end.reason == "refused")
            #expect(end.steps.map(\.status) == [.compensated, .compensated])
            #expect(try await bench.count("tidings_sagas", where: "wake_at IS NULL") == 1)
        }
    }

    @Test func `a saga without steps is compensated at once`() async throws {
        try await with { bench in
            try await publish(bench, TripBooked(trip: "t", nights: 1), TripRefused(trip: "t"))
            #expect(try await saga(bench).status == .compensated)
        }
    }

    @Test func `a proof that stays away is asked for again and then given up once`() async throws {
        try await with { bench in
            try await publish(bench, TripBooked(trip: "t", nights: 1), HotelHeld(trip: "t"), TripRefused(trip: "t"))
            try await bench.until(advancing: .milliseconds(500)) { try await bench.outbox().count == 2 }
            #expect(try await saga(bench).steps.map(\.attempts) == [2])
            try await bench.until(advancing: .milliseconds(500)) { try await saga(bench).status == .stuck }
            bench.clock.advance(by: .seconds(3600))
            try await publish(bench, TripBooked(trip: "other", nights: 1))
            let room = FreeRoom.type.rawValue
            #expect(try await bench.outbox() == [room, room, HelpWanted.type.rawValue])
            #expect(try await saga(bench).steps.map(\.status) == [.stuck])
            // A proof that comes after all ends it.
            try await publish(bench, RoomFreed(trip: "t"))
            #expect(try await saga(bench).status == .compensated)
        }
    }

    @Test func `a step that is done after the saga was undone is undone at once`() async throws {
        try await with { bench in
            try await publish(bench, TripBooked(trip: "t", nights: 1), TripRefused(trip: "t"), HotelHeld(trip: "t"))
            #expect(try await bench.outbox() == [FreeRoom.type.rawValue])
            #expect(try await saga(bench).status == .compensating)
            try await publish(bench, RoomFreed(trip: "t"))
            #expect(try await saga(bench).status == .compensated)
        }
    }

    @Test func `two steps with one kind of proof are each asked to be undone`() async throws {
        try await with { bench in
            try await publish(
                bench, TripBooked(trip: "t", nights: 1), HotelHeld(trip: "t"), HotelHeld(trip: "t"),
                TripRefused(trip: "t"))
            try await publish(bench, RoomFreed(trip: "t"))
            #expect(try await bench.outbox() == [FreeRoom.type.rawValue, FreeRoom.type.rawValue])
            #expect(try await saga(bench).status == .compensating)
            try await publish(bench, RoomFreed(trip: "t"))
            #expect(try await saga(bench).status == .compensated)
        }
    }

    @Test func `what undoes a step goes out with the correlation of its saga`() async throws {
        try await with { bench in
            let booked = try bench.envelope(of: TripBooked(trip: "t", nights: 1), correlationID: "talk")
            try await bench.bus.publish([booked])
            try await publish(bench, HotelHeld(trip: "t"), TripRefused(trip: "t"))
            let witness = try await bench.join("witness")
            try await bench.running(relay: bench.bus) {
                #expect(try await witness.next(atMost: 1)[0].event.correlationID == "talk")
                try await bench.until { try await bench.outbox().isEmpty }
            }
        }
    }
}
