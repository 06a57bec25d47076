import Testing
import Tidings
import TidingsSQLite
import TidingsTesting

struct LoanBegun: Event {
    static let type: EventType = "loan.begun.v1"
    let book: String
    var subject: String? { book }
}

struct LoanOverdue: Event {
    static let type: EventType = "loan.overdue.v1"
    let book: String
    var subject: String? { book }
}

@Test func `a loan is overdue after a fortnight`() async throws {
    let bench = EventBench(scope: "library") { try SQLiteEngine.inMemory() }
    let database = try await bench.database("loans")
    let loans = Subscriber("loans", on: bench, database) {
        On(LoanBegun.self) { loan, transaction in
            try transaction.publish(LoanOverdue(book: loan.book), after: .seconds(14 * 86_400))
        }
    }
    try await bench.run(loans) {
        try await bench.publish(LoanBegun(book: "b-1"))
        try await bench.advance(by: .seconds(14 * 86_400 - 1))
        #expect(try bench.published(LoanOverdue.self).isEmpty)
        try await bench.advance(by: .seconds(1))
        #expect(try bench.published(LoanOverdue.self).map(\.book) == ["b-1"])
        #expect(try await bench.deadLetters().isEmpty)
    }
}
