import Tidings

// The subject of every event is its loan, so that each service sees the events of one loan in order.

struct LoanRequested: Event, Equatable {
    static let type: EventType = "loan.requested.v1"
    let loan: String
    let book: String
    let member: String
    let days: Int
    var subject: String? { loan }
}

struct BookRequested: Event {
    static let type: EventType = "book.requested.v1"
    let loan: String
    let book: String
    var subject: String? { loan }
}

struct BookSetAside: Event {
    static let type: EventType = "book.set-aside.v1"
    let loan: String
    let deposit: Int
    var subject: String? { loan }
}

struct BookNotFree: Event {
    static let type: EventType = "book.not-free.v1"
    let loan: String
    var subject: String? { loan }
}

struct DepositRequested: Event {
    static let type: EventType = "deposit.requested.v1"
    let loan: String
    let member: String
    let amount: Int
    var subject: String? { loan }
}

struct DepositTaken: Event {
    static let type: EventType = "deposit.taken.v1"
    let loan: String
    let amount: Int
    let receipt: String
    var subject: String? { loan }
}

struct DepositRefused: Event {
    static let type: EventType = "deposit.refused.v1"
    let loan: String
    let reason: String
    var subject: String? { loan }
}

struct ReturnReminded: Event, Equatable {
    static let type: EventType = "return.reminded.v1"
    let loan: String
    let member: String
    var subject: String? { loan }
}

struct LoanGivenUp: Event {
    static let type: EventType = "loan.given-up.v1"
    let loan: String
    var subject: String? { loan }
}

struct BookPutBack: Event {
    static let type: EventType = "book.put-back.v1"
    let loan: String
    var subject: String? { loan }
}
