import Testing
import TidingsTesting

@testable import LibraryServices

private let request = LoanRequested(loan: "l-1", book: "dune", member: "ada", days: 14)

@Test func `the saga asks for the book, then for the deposit, then lends`() throws {
    var test = SagaTest<Lending>()
    try test.given(request)
    #expect(try test.expect(published: BookRequested.self, stage: .settingAside).book == "dune")
    try test.given(request)
    try test.expectNothingPublished()
    try test.given(BookSetAside(loan: "l-1", deposit: 20))
    #expect(try test.expect(published: DepositRequested.self, stage: .takingDeposit).amount == 20)
    try test.given(DepositTaken(loan: "l-1", amount: 20, receipt: "r-1"))
    try test.expect(published: ReturnReminded.self, stage: .lent)
    try test.expect(status: .completed)
}

@Test func `the saga gives the book back when the deposit is refused`() throws {
    var test = SagaTest<Lending>()
    try test.given(request)
    try test.given(BookSetAside(loan: "l-1", deposit: 20))
    try test.given(DepositRefused(loan: "l-1", reason: "no money"))
    try test.expect(published: LoanGivenUp.self, stage: .refused)
    try test.expect(status: .compensating)
    try test.given(BookPutBack(loan: "l-1"))
    try test.expect(status: .compensated)
}

@Test func `a shelf that does not answer in time is told to put the book back`() throws {
    var test = SagaTest<Lending>()
    try test.given(request)
    try test.advance(by: .seconds(600))
    try test.expect(published: LoanGivenUp.self, stage: .refused)
    // Its answer comes late: the copy that it has taken goes back too.
    try test.given(BookSetAside(loan: "l-1", deposit: 20))
    try test.expect(published: LoanGivenUp.self, stage: .refused)
    try test.given(BookPutBack(loan: "l-1"))
    try test.expect(status: .compensated)
}
