import Testing
import Tidings
import TidingsRouting

@Suite(.timeLimit(.minutes(1))) struct SagaInstancesTests {
    private let trips = SagaInstances(of: "travel", "Trip")

    private func row(wakeAt: Timestamp? = nil, at now: Timestamp, historyCount: Int = 0) -> SagaInstances.Row {
        var journal = SagaJournal()
        journal.historyCount = historyCount
        return SagaInstances.Row(
            status: .running, stage: "waiting", stateVersion: 2, state: EventBytes("{}"), journal: journal,
            wakeAt: wakeAt, startedAt: now, updatedAt: now)
    }

    private func line(_ number: Int, at now: Timestamp) -> SagaHistoryEntry {
        SagaHistoryEntry(at: now, what: "line \(number)", eventID: nil, from: nil, to: "waiting")
    }

    private func history(of id: String, in transaction: Transaction) throws -> [SagaHistoryEntry] {
        let place = try #require(try trips.find(id, in: transaction)?.place)
        return try SagaInstances.history(of: place, in: transaction)
    }

    @Test func `a saga is found by its subscriber, kind and id, as it was saved`() async throws {
        try await Bench.with { bench in
            try await bench.database.transaction { transaction in
                let now = transaction.now
                try trips.save(
                    row(at: now, historyCount: 1), of: "t", over: nil, history: [line(1, at: now)], in: transaction)
                let found = try #require(try trips.find("t", in: transaction))
                #expect(found.status == .running)
                #expect(found.stage == "waiting")
                #expect(found.stateVersion == 2)
                #expect(found.state == EventBytes("{}"))
                #expect(found.startedAt == now)
                #expect(try history(of: "t", in: transaction) == [line(1, at: now)])
                #expect(try trips.find("u", in: transaction) == nil)
                #expect(try SagaInstances(of: "travel", "Tour").find("t", in: transaction) == nil)
                #expect(try SagaInstances(of: "guides", "Trip").find("t", in: transaction) == nil)
            }
        }
    }

    @Test func `a journal is read as it was kept, and in no other layout`() throws {
        var journal = SagaJournal()
        journal.correlationID = "c-1"
        journal.reason = "too late"
        journal.historyCount = 7
        journal.hasHandledFailure = true
        journal.stageTimeout = Timestamp(microseconds: -5)
        journal.timeouts = ["offer": Timestamp(microseconds: 2), "reply": Timestamp(microseconds: 3)]
        journal.early = [EventBytes("{\"id\":1}"), EventBytes("")]
        let lowered = EncodedEvent(type: "trip.cancelled.v1", subject: nil, data: EventBytes("{}"), lowered: [])
        let compensation = EncodedEvent(
            type: "trip.cancelled.v2", subject: "t", data: EventBytes("{\"trip\":\"t\"}"), lowered: [lowered])
        journal.steps = [
            SagaStep(name: "hotel", status: .stuck, attempts: 5, compensation: compensation, compensatedBy: "b.v1"),
            SagaStep(name: "car", status: .done, attempts: 0, compensation: nil, compensatedBy: nil),
        ]
        #expect(try SagaJournal(binary: journal.binary()[...]) == journal)
        #expect(try SagaJournal(binary: SagaJournal().binary()[...]) == SagaJournal())

        var bytes = journal.binary()
        for end in bytes.indices {
            #expect(throws: TidingsError.self) { try SagaJournal(binary: bytes[..<end]) }
        }
        #expect(throws: TidingsError.self) { try SagaJournal(binary: (bytes + [0])[...]) }
        bytes[0] = 99
        let error = #expect(throws: TidingsError.self) { try SagaJournal(binary: bytes[...]) }
        #expect(error?.message.contains("a layout that this version does not know") == true)
    }

    @Test func `the last hundred lines of a history are read, and few more are kept`() async throws {
        try await Bench.with { bench in
            try await bench.database.transaction { transaction in
                let now = transaction.now
                for number in 1...350 {
                    try trips.save(
                        row(at: now, historyCount: number), of: "t", over: try trips.find("t", in: transaction),
                        history: [line(number, at: now)], in: transaction)
                }
                try trips.save(
                    row(at: now, historyCount: 1), of: "u", over: nil, history: [line(1, at: now)], in: transaction)
                let history = try history(of: "t", in: transaction)
                #expect(history.map(\.what) == (251...350).map { "line \($0)" })
                let kept = try transaction.query("SELECT count(*) AS n FROM tidings_saga_history WHERE saga = 1")
                #expect(try kept[0].value("n", as: Int.self) == 150)
                #expect(try self.history(of: "u", in: transaction).count == 1)
            }
        }
    }

    @Test func `what is due is found in order, with the moment of the next`() async throws {
        try await Bench.with { bench in
            try await bench.database.transaction { transaction in
                let now = transaction.now
                for (id, seconds) in [("late", 30), ("second", 2), ("first", 1)] {
                    try trips.save(
                        row(wakeAt: now + .seconds(seconds), at: now), of: id, over: nil, history: [], in: transaction)
                }
                try trips.save(row(at: now), of: "never", over: nil, history: [], in: transaction)
                let guides = SagaInstances(of: "guides", "Trip")
                try guides.save(row(wakeAt: now, at: now), of: "other", over: nil, history: [], in: transaction)
                let due = try trips.due(atMost: 10, at: now + .seconds(5), in: transaction)
                #expect(due.sagas.map(\.id) == ["first", "second"])
                #expect(due.next == now + .seconds(30))
                #expect(
                    try trips.due(atMost: 1, at: now + .seconds(5), in: transaction).sagas.map(\.id)
                        == ["first"])
                let first = try #require(due.sagas.first)
                try SagaInstances.postpone(first.place, at: now, until: now + .seconds(60), in: transaction)
                #expect(
                    try trips.due(atMost: 10, at: now + .seconds(5), in: transaction).sagas.map(\.id)
                        == ["second"])
            }
        }
    }
}
