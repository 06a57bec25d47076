import Tidings

struct Lending: Saga {
    typealias ID = String
    enum Stage: String, Codable {
        case requested
        case settingAside
        case takingDeposit
        case lent
        case refused
    }
    let request: LoanRequested
    var stage = Stage.requested

    static var definition: SagaDefinition<Lending> {
        Starts(on: LoanRequested.self, id: \.loan) { Lending(request: $0) }
        When(LoanRequested.self, id: \.loan, in: .requested) { saga, request in
            saga.stage = .settingAside
            return [.publish(BookRequested(loan: request.loan, book: request.book))]
        }
        When(BookSetAside.self, id: \.loan, in: .settingAside) { saga, book in
            saga.stage = .takingDeposit
            let deposit = DepositRequested(loan: book.loan, member: saga.request.member, amount: book.deposit)
            return [saga.bookStep, .publish(deposit)]
        }
        When(BookNotFree.self, id: \.loan, in: .settingAside) { saga, _ in
            saga.stage = .refused
            return [.fail(reason: "no copy is free")]
        }
        When(DepositTaken.self, id: \.loan, in: .takingDeposit) { saga, deposit in
            saga.stage = .lent
            let reminder = ReturnReminded(loan: deposit.loan, member: saga.request.member)
            return [.publish(reminder, after: .seconds(saga.request.days * 86_400)), .complete]
        }
        When(DepositRefused.self, id: \.loan, in: .takingDeposit) { saga, refusal in
            saga.stage = .refused
            return [.compensate(reason: refusal.reason)]
        }
        When(BookSetAside.self, id: \.loan, in: .refused) { _, late in
            [.publish(LoanGivenUp(loan: late.loan))]
        }
        Timeout(after: .seconds(600), in: .settingAside) { saga in
            saga.stage = .refused
            return [saga.bookStep, .compensate(reason: "the shelf did not answer")]
        }
        Timeout(after: .seconds(600), in: .takingDeposit) { saga in
            saga.stage = .refused
            return [.compensate(reason: "the deposit was not taken in time")]
        }
        Compensated(by: BookPutBack.self, id: \.loan)
    }

    private var bookStep: SagaEffect {
        .step("book", compensation: LoanGivenUp(loan: request.loan), compensatedBy: BookPutBack.self)
    }
}
