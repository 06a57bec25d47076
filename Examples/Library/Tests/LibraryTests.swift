import Testing
import Tidings
import TidingsTesting

@testable import LibraryServices

@Test(.timeLimit(.minutes(2))) func `a book is lent`() async throws {
    let library = try await LibraryBench()
    try await library.run { bench in
        try await library.request("l-1", "dune")
        try await bench.waitUntilIdle()
        let saga = try #require(try await library.saga("l-1"))
        #expect(saga.stage == "lent")
        #expect(saga.status == .completed)
        #expect(try await library.copies("dune") == 1)
        #expect(try await bench.deadLetters().isEmpty)
    }
}

@Test(.timeLimit(.minutes(2))) func `a refused deposit puts the book back`() async throws {
    let library = try await LibraryBench()
    try await library.run { bench in
        try await library.request("l-1", "folio")
        try await bench.waitUntilIdle()
        let saga = try #require(try await library.saga("l-1"))
        #expect(saga.stage == "refused")
        #expect(saga.status == .compensated)
        #expect(saga.reason == "the deposit is over 100")
        #expect(try bench.published(BookPutBack.self).count == 1)
        #expect(try await library.copies("folio") == 1)
        #expect(try await bench.deadLetters().isEmpty)
    }
}

@Test(.timeLimit(.minutes(2))) func `the second member does not get the last copy`() async throws {
    let library = try await LibraryBench()
    try await library.run { bench in
        try await library.request("l-1", "atlas")
        try await bench.waitUntilIdle()
        try await library.request("l-2", "atlas")
        try await bench.waitUntilIdle()
        #expect(try await library.saga("l-2")?.status == .failed)
        #expect(try await library.copies("atlas") == 0)
    }
}

@Test(.timeLimit(.minutes(2))) func `the reminder comes exactly when the loan ends`() async throws {
    let library = try await LibraryBench()
    try await library.run { bench in
        try await library.request("l-1", "dune", days: 3)
        try await bench.advance(by: .seconds(3 * 86_400 - 1))
        #expect(try bench.published(ReturnReminded.self).isEmpty)
        try await bench.advance(by: .seconds(1))
        #expect(try bench.published(ReturnReminded.self) == [ReturnReminded(loan: "l-1", member: "ada")])
    }
}

@Test(.timeLimit(.minutes(2))) func `a deposit of 21 is reviewed, one of 20 is not`() async throws {
    let library = try await LibraryBench()
    try await library.run { bench in
        try await library.request("l-1", "dune")
        try await library.request("l-2", "atlas")
        try await bench.waitUntilIdle()
        #expect(try bench.published(DepositTaken.self).map(\.amount).sorted() == [20, 21])
        #expect(try await Deposits.reviews(in: library.deposits) == ["l-2": 21])
    }
}

@Test(.timeLimit(.minutes(2))) func `a gateway that fails twice is asked again with the same key`() async throws {
    let gateway = FlakyGateway(failures: 2)
    let library = try await LibraryBench(gateway: gateway)
    try await library.run { bench in
        try await library.request("l-1", "dune")
        try await bench.advance(by: .seconds(60))
        #expect(gateway.keys.count == 3)
        #expect(Set(gateway.keys).count == 1)
        #expect(try await library.saga("l-1")?.stage == "lent")
        #expect(try await library.charges() == [.taken(receipt: "receipt-3")])
        #expect(try await bench.deadLetters().isEmpty)
    }
}

@Test(.timeLimit(.minutes(2))) func `a gateway that never answers ends in a time-out, and what it took goes back`()
    async throws
{
    let gateway = FlakyGateway(failures: .max)
    let library = try await LibraryBench(gateway: gateway)
    try await library.run { bench in
        try await library.request("l-1", "dune")
        try await bench.advance(by: .seconds(599))
        #expect(try await library.saga("l-1")?.status == .running)
        #expect(try await bench.deadLetters().map(\.handler) == ["On(DepositRequested)"])
        #expect(gateway.held.count == 1)
        try await bench.advance(by: .seconds(1))
        let saga = try #require(try await library.saga("l-1"))
        #expect(saga.status == .compensated)
        #expect(saga.reason == "the deposit was not taken in time")
        #expect(try await library.copies("dune") == 2)
        #expect(gateway.held.isEmpty)
    }
}

@Test(.timeLimit(.minutes(2))) func `no deposit is asked for after its loan was given up`() async throws {
    let gateway = FlakyGateway(failures: 5)
    let library = try await LibraryBench(gateway: gateway)
    try await library.run { bench in
        try await library.request("l-1", "dune")
        try await bench.advance(by: .seconds(600))
        #expect(try await library.saga("l-1")?.status == .compensated)
        #expect(try await library.deposits.redrive() == 1)
        try await bench.waitUntilIdle()
        #expect(gateway.keys.count == 5)
        #expect(try bench.published(DepositTaken.self).isEmpty)
        #expect(try await bench.deadLetters().isEmpty)
    }
}

@Test(.timeLimit(.minutes(2))) func `an answer that comes after the loan was given up does not count`() async throws {
    let database = try await LibraryBench().deposits
    try await database.transaction { transaction in
        let isAsked = try DepositTable.ask(for: "l-1", key: "k", in: transaction)
        let key = try DepositTable.giveUp("l-1", in: transaction)
        let counts = try DepositTable.answer(.taken, for: "l-1", in: transaction)
        let isAskedAgain = try DepositTable.ask(for: "l-1", key: "k", in: transaction)
        #expect([isAsked, counts, isAskedAgain] == [true, false, false])
        // Until it has given back what it took, the gateway is asked again.
        let again = try DepositTable.giveUp("l-1", in: transaction)
        try DepositTable.giveBack("l-1", in: transaction)
        let last = try DepositTable.giveUp("l-1", in: transaction)
        #expect([key, again, last] == ["k", "k", nil])
    }
}

@Test(.timeLimit(.minutes(2))) func `a loan that is given up before its deposit is requested costs nothing`()
    async throws
{
    let database = try await LibraryBench().deposits
    try await database.transaction { transaction in
        let key = try DepositTable.giveUp("l-1", in: transaction)
        let isAsked = try DepositTable.ask(for: "l-1", key: "k", in: transaction)
        #expect(key == nil)
        #expect(!isAsked)
    }
}
