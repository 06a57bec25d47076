import Tidings

struct Booking: Saga {
    typealias ID = String
    enum Stage: String, Codable {
        case waiting
        case booked
        case refused
    }
    let booking: String
    var stage = Stage.waiting

    static var definition: SagaDefinition<Booking> {
        Starts(on: SeatWanted.self, id: \.booking) { Booking(booking: $0.booking) }
        When(SeatTaken.self, id: \.booking, in: .waiting) { saga, _ in
            saga.stage = .booked
            return [.complete]
        }
        When(SeatRefused.self, id: \.booking, in: .waiting) { saga, _ in
            saga.stage = .refused
            return [.fail(reason: "no seat")]
        }
        Timeout(after: .seconds(60), in: .waiting) { saga in
            saga.stage = .refused
            return [.fail(reason: "time-out")]
        }
    }
}
