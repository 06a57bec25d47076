import Testing
import Tidings
import TidingsTesting

/// Two steps, of which the first is compensated after the second.
private struct Parcel: Saga {
    typealias ID = String
    enum Stage: String, Codable { case packed, lost }
    let order: String
    var stage = Stage.packed

    static var compensation: CompensationPolicy { CompensationPolicy(maximumAttempts: 1, timeout: .seconds(10)) }

    static var definition: SagaDefinition<Parcel> {
        Starts(on: Placed.self, id: \.order) { Parcel(order: $0.order) }
        When(Placed.self, id: \.order) { parcel, _ in
            [
                .step("shelf", compensation: Counted(order: parcel.order, number: 1), compensatedBy: Reserved.self),
                .step("label", compensation: Counted(order: parcel.order, number: 2), compensatedBy: TripDone.self),
                .compensate(reason: "test"),
            ]
        }
        Compensated(by: Reserved.self, id: \.order)
        Compensated(by: TripDone.self, id: \.trip)
    }
}

@Suite(.timeLimit(.minutes(1))) struct StuckSagaTests {
    /// Runs a parcel until the compensation of its label was given up.
    private static func withStuckParcel(_ body: @Sendable (Bench) async throws -> Void) async throws {
        try await Bench.with { bench in
            try await bench.running(bench.subscriber("parcels") { SagaHandler(Parcel.self) }) {
                try await bench.publish(Placed(order: "o"))
                try await bench.until(advancing: .seconds(1)) {
                    try await bench.database.saga(Parcel.self, id: "o")?.status == .stuck
                }
                try await body(bench)
            }
        }
    }

    /// The compensations that were asked for, in order.
    private static func asked(_ bench: Bench) async throws -> Int { try await bench.outbox().count }

    @Test func `a compensation that was given up is asked for again on a retry, and the saga goes on`() async throws {
        try await Self.withStuckParcel { bench in
            #expect(try await Self.asked(bench) == 1)
            #expect(try await bench.database.sagas(matching: SagaFilter(status: .stuck)).map(\.id) == ["o"])
            #expect(try await bench.database.retryCompensation(ofSaga: "Parcel", id: "o"))
            try await bench.until(advancing: .milliseconds(100)) { try await Self.asked(bench) == 2 }
            try await bench.publish(TripDone(trip: "o"))
            try await bench.until { try await Self.asked(bench) == 3 }
            try await bench.publish(Reserved(order: "o"))
            try await bench.until { try await bench.database.saga(Parcel.self, id: "o")?.status == .compensated }
            #expect(try await bench.database.retryCompensation(ofSaga: "Parcel", id: "o") == false)
        }
    }

    @Test func `a compensation that a person has seen to is resolved, and what waits behind it goes on`() async throws {
        try await Self.withStuckParcel { bench in
            let isResolved = try await bench.database.resolveCompensation(
                ofSaga: "Parcel", id: "o", reason: "relabelled by hand")
            #expect(isResolved)
            try await bench.until(advancing: .milliseconds(100)) { try await Self.asked(bench) == 2 }
            let saga = try #require(try await bench.database.saga(Parcel.self, id: "o"))
            #expect(saga.status == .compensating)
            #expect(saga.steps.map(\.status) == [.compensating, .compensated])
            #expect(saga.history.contains { $0.what == "resolved: relabelled by hand" })
            try await bench.publish(Reserved(order: "o"))
            try await bench.until { try await bench.database.saga(Parcel.self, id: "o")?.status == .compensated }
        }
    }

    @Test func `a retry leaves the compensations alone that others wait for`() async throws {
        try await Bench.with { bench in
            try await bench.database.transaction { transaction in
                var journal = SagaJournal()
                journal.steps = [
                    SagaStep(
                        name: "shelf", status: .compensating, attempts: 1, compensation: nil,
                        compensatedBy: Reserved.type),
                    SagaStep(
                        name: "label", status: .stuck, attempts: 1,
                        compensation: try EncodedEvent(Counted(order: "o", number: 2)), compensatedBy: TripDone.type),
                ]
                journal.compensationTimeout = transaction.now + .seconds(1000)
                let state = try EventCoding.encode(Parcel(order: "o"))
                try SagaInstances(of: "parcels", "Parcel").save(
                    SagaInstances.Row(
                        status: .stuck, stage: "packed", stateVersion: 1, state: state, journal: journal, wakeAt: nil,
                        startedAt: transaction.now, updatedAt: transaction.now),
                    of: "o", over: nil, history: [], in: transaction)
            }
            try await bench.running(bench.subscriber("parcels") { SagaHandler(Parcel.self) }) {
                #expect(try await bench.database.retryCompensation(ofSaga: "Parcel", id: "o"))
                try await bench.until(advancing: .milliseconds(100)) { try await Self.asked(bench) == 1 }
                let steps = try #require(try await bench.database.saga(Parcel.self, id: "o")).steps
                #expect(steps.map(\.status) == [.compensating, .compensating])
                #expect(steps.map(\.attempts) == [1, 1])
            }
        }
    }

    @Test func `a saga that is not stuck, or not there, is left alone`() async throws {
        try await Bench.with { bench in
            let isRetried = try await bench.database.retryCompensation(ofSaga: "Parcel", id: "o")
            let isResolved = try await bench.database.resolveCompensation(ofSaga: "Parcel", id: "o", reason: "x")
            #expect(!isRetried && !isResolved)
        }
    }
}
