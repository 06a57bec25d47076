import Tidings

struct SeatWanted: Event {
    static let type: EventType = "seat.wanted.v1"
    let booking: String
    var subject: String? { booking }
}

struct SeatTaken: Event {
    static let type: EventType = "seat.taken.v1"
    let booking: String
    var subject: String? { booking }
}

struct SeatRefused: Event {
    static let type: EventType = "seat.refused.v1"
    let booking: String
    var subject: String? { booking }
}
