import Testing
import Tidings
import TidingsTesting

/// Two steps, of which one has a compensation of its own and the other is compensated by somebody else's event.
private struct Mixed: Saga {
    typealias ID = String
    enum Stage: String, Codable { case open }
    let order: String
    var stage = Stage.open

    static var definition: SagaDefinition<Mixed> {
        Starts(on: Placed.self, id: \.order) { Mixed(order: $0.order) }
        When(Placed.self, id: \.order) { mixed, placed in
            let isFirst = placed.note == "own first"
            return [
                .step(
                    "room", compensation: isFirst ? FreeRoom(trip: mixed.order) : nil, compensatedBy: RoomFreed.self),
                .step(
                    "seat", compensation: isFirst ? nil : FreeSeat(trip: mixed.order), compensatedBy: SeatFreed.self),
                .compensate(reason: "test"),
            ]
        }
        Compensated(by: RoomFreed.self, id: \.trip)
        Compensated(by: SeatFreed.self, id: \.trip)
    }
}

/// The order in which steps are compensated, whoever asks for it.
@Suite struct CompensationOrderTests {
    @Test func `a step is asked to be compensated once what others compensate behind it is compensated`() throws {
        var mixed = SagaTest<Mixed>()
        try mixed.given(Placed(order: "m", note: "own first"))
        try mixed.expectNothingPublished()
        #expect(mixed.steps.map(\.status) == [.done, .compensating])
        try mixed.given(SeatFreed(trip: "m"))
        try mixed.expect(published: FreeRoom.self)
        #expect(mixed.steps.map(\.status) == [.compensating, .compensated])
        try mixed.given(RoomFreed(trip: "m"))
        try mixed.expect(status: .compensated)
    }

    @Test func `a step that others compensate is waited for once what was done behind it is compensated`() throws {
        var mixed = SagaTest<Mixed>()
        try mixed.given(Placed(order: "m", note: "own last"))
        try mixed.expect(published: FreeSeat.self)
        #expect(mixed.steps.map(\.status) == [.done, .compensating])
        try mixed.given(SeatFreed(trip: "m"))
        #expect(mixed.steps.map(\.status) == [.compensating, .compensated])
        try mixed.given(RoomFreed(trip: "m"))
        try mixed.expect(status: .compensated)
    }
}
