import Tidings

struct TripBookedV1: Event {
    static let type: EventType = "trip.booked.v1"
    let trip: String
    var subject: String? { trip }
}

struct TripBooked: UpcastableEvent {
    static let type: EventType = "trip.booked.v2"
    let trip: String
    let nights: Int
    var subject: String? { trip }

    init(trip: String, nights: Int) {
        (self.trip, self.nights) = (trip, nights)
    }

    init(upcasting previous: TripBookedV1) {
        self.init(trip: previous.trip, nights: 1)
    }
}

struct HotelHeld: Event {
    static let type: EventType = "hotel.held.v1"
    let trip: String
    var subject: String? { trip }
}

struct FlightHeld: Event {
    static let type: EventType = "flight.held.v1"
    let trip: String
    var subject: String? { trip }
}

struct TripQueried: Event {
    static let type: EventType = "trip.queried.v1"
    let trip: String
    var subject: String? { trip }
}

struct TripDone: Event {
    static let type: EventType = "trip.done.v1"
    let trip: String
}

struct TripLost: Event {
    static let type: EventType = "trip.lost.v1"
    let trip: String
}

/// A saga that books a hotel and then a flight. Its state had days instead of nights in its first version.
struct Trip: Saga {
    typealias ID = String

    enum Stage: String, Codable {
        case booking
        case hotelHeld
        case done
        case lost
    }

    let trip: String
    let nights: Int
    var stage = Stage.booking

    static let stateVersion = 2

    static func migrate(_ state: EventBytes, from version: Int) throws -> Trip {
        struct First: Codable {
            let trip: String
            let days: Int
            let stage: Stage
        }
        let first = try EventCoding.decode(First.self, from: state)
        return Trip(trip: first.trip, nights: first.days - 1, stage: first.stage)
    }

    static var definition: SagaDefinition<Trip> {
        Starts(on: TripBooked.self, id: \.trip) { Trip(trip: $0.trip, nights: $0.nights) }
        When(HotelHeld.self, id: \.trip, in: .booking) { trip, _ in
            trip.stage = .hotelHeld
            return [.step("hotel")]
        }
        When(FlightHeld.self, id: \.trip, in: .hotelHeld) { trip, _ in
            trip.stage = .done
            return [.publish(TripDone(trip: trip.trip)), .complete]
        }
        When(TripQueried.self, id: \.trip, in: .done) { trip, _ in [.publish(TripDone(trip: trip.trip))] }
        Timeout(after: .seconds(60), in: .booking) { trip in
            trip.stage = .lost
            return [.publish(TripLost(trip: trip.trip)), .compensate(reason: "no hotel")]
        }
    }
}

extension Bench {
    func trips() -> Subscriber {
        subscriber("trips") { SagaHandler(Trip.self) }
    }
}
