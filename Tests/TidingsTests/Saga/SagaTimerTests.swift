import Testing
import Tidings
import TidingsTesting

/// A parcel with time-outs of every kind, each at a moment of its own: of two stages, by name, and of a compensation.
private struct Parcel: Saga {
    typealias ID = String

    enum Stage: String, Codable { case packed, sent, lost }

    let order: String
    var stage = Stage.packed

    static let compensation = CompensationPolicy(maximumAttempts: 3, timeout: .seconds(35))

    static var definition: SagaDefinition<Parcel> {
        Starts(on: Placed.self, id: \.order) { Parcel(order: $0.order) }
        When(Placed.self, id: \.order) { parcel, _ in
            [
                .setTimeout("look", after: .seconds(10)),
                .step("shelf", compensation: FreeRoom(trip: parcel.order), compensatedBy: RoomFreed.self),
            ]
        }
        When(Counted.self, id: \.order) { _, counted in
            counted.number > 0 ? [.setTimeout("check", after: .seconds(counted.number))] : []
        }
        When(Reserved.self, id: \.order) { _, _ in [.complete] }
        When(HotelHeld.self, id: \.trip) { parcel, _ in
            parcel.stage = .sent
            return []
        }
        When(TripRefused.self, id: \.trip) { _, _ in [.compensate(reason: "refused")] }
        Compensated(by: RoomFreed.self, id: \.trip)
        Timeout("look") { _ in [.publish(HelpWanted(step: "look")), .setTimeout("look", after: .seconds(10))] }
        Timeout("check") { _ in [.publish(HelpWanted(step: "check"))] }
        Timeout(after: .seconds(60), in: .packed) { parcel in
            parcel.stage = .lost
            return [.fail(reason: "never sent")]
        }
        Timeout(after: .seconds(60), in: .sent) { parcel in
            parcel.stage = .lost
            return [.publish(TripLost(trip: parcel.order))]
        }
    }
}

/// Two steps whose compensations are waited for together, and given up together.
private struct Pair: Saga {
    typealias ID = String
    enum Stage: String, Codable { case open }
    let order: String
    var stage = Stage.open

    static let compensation = CompensationPolicy(maximumAttempts: 1, timeout: .seconds(30))

    static var definition: SagaDefinition<Pair> {
        Starts(on: Placed.self, id: \.order) { Pair(order: $0.order) }
        When(Placed.self, id: \.order) { _, _ in
            [
                .step("room", compensatedBy: RoomFreed.self), .step("seat", compensatedBy: SeatFreed.self),
                .compensate(reason: "test"),
            ]
        }
        Compensated(by: RoomFreed.self, id: \.trip)
        Compensated(by: SeatFreed.self, id: \.trip)
        CompensationFailed { _, steps in [.publish(HelpWanted(step: steps))] }
    }
}

/// Steps that may be done when their saga is being compensated already.
private struct Late: Saga {
    typealias ID = String
    enum Stage: String, Codable { case open }
    let order: String
    var stage = Stage.open

    static let compensation = CompensationPolicy(maximumAttempts: 2, timeout: .seconds(30))

    static var definition: SagaDefinition<Late> {
        Starts(on: Placed.self, id: \.order) { Late(order: $0.order) }
        When(HotelHeld.self, id: \.trip) { _, _ in [.step("room", compensatedBy: RoomFreed.self)] }
        When(FlightHeld.self, id: \.trip) { _, _ in [.step("seat", compensatedBy: SeatFreed.self)] }
        When(TripRefused.self, id: \.trip) { _, _ in [.compensate(reason: "refused")] }
        Compensated(by: RoomFreed.self, id: \.trip)
        Compensated(by: SeatFreed.self, id: \.trip)
        CompensationFailed { _, steps in [.publish(HelpWanted(step: steps))] }
    }
}

/// What time does to a saga, and what it does not.
@Suite struct SagaTimerTests {
    private func parcel() throws -> SagaTest<Parcel> {
        var parcel = SagaTest<Parcel>()
        try parcel.given(Placed(order: "p"))
        return parcel
    }

    @Test func `a stage lasts as long as it may though other time-outs end meanwhile`() throws {
        var parcel = try parcel()
        try parcel.advance(by: .seconds(59))
        try parcel.expect(stage: .packed)
        #expect(try parcel.published(HelpWanted.self).count == 5)
        try parcel.advance(by: .seconds(1))
        try parcel.expect(stage: .lost)
        try parcel.expect(status: .failed)
    }

    @Test func `a time-out by name ends at its own moment though another one ends before`() throws {
        var parcel = try parcel()
        try parcel.given(Counted(order: "p", number: 25))
        try parcel.advance(by: .seconds(24))
        #expect(try parcel.published(HelpWanted.self).map(\.step) == ["look", "look"])
        try parcel.advance(by: .seconds(1))
        #expect(try parcel.published(HelpWanted.self).map(\.step) == ["look", "look", "check"])
    }

    @Test func `an event that leaves the stage as it is does not prolong it`() throws {
        var parcel = try parcel()
        try parcel.advance(by: .seconds(40))
        try parcel.given(Counted(order: "p", number: 0))
        try parcel.advance(by: .seconds(19))
        try parcel.expect(stage: .packed)
        try parcel.advance(by: .seconds(1))
        try parcel.expect(stage: .lost)
    }

    @Test func `a compensation is asked for again at its own moment though other time-outs end meanwhile`() throws {
        var parcel = try parcel()
        try parcel.given(TripRefused(trip: "p"))
        try parcel.advance(by: .seconds(34))
        #expect(try parcel.published(FreeRoom.self).count == 1)
        #expect(parcel.steps.map(\.attempts) == [1])
        try parcel.advance(by: .seconds(1))
        #expect(try parcel.published(FreeRoom.self).count == 2)
        #expect(parcel.steps.map(\.attempts) == [2])
    }

    @Test func `a late event that moves an ended saga into a timed stage sets no time-out`() throws {
        var parcel = try parcel()
        try parcel.given(Reserved(order: "p"))
        #expect(parcel.wakesAt == nil)
        try parcel.given(HotelHeld(trip: "p"))
        try parcel.expect(stage: .sent)
        #expect(parcel.wakesAt == nil)
        try parcel.advance(by: .seconds(3600))
        try parcel.expectNothingPublished()
        try parcel.expect(status: .completed)
    }

    @Test func `a saga that is compensated has no time-outs left`() throws {
        var parcel = try parcel()
        try parcel.given(TripRefused(trip: "p"))
        try parcel.given(RoomFreed(trip: "p"))
        try parcel.expect(status: .compensated)
        #expect(parcel.wakesAt == nil)
        try parcel.advance(by: .seconds(3600))
        try parcel.expectNothingPublished()
    }

    @Test func `a saga that has ended well is compensated when an event asks for it`() throws {
        var parcel = try parcel()
        try parcel.given(Reserved(order: "p"))
        try parcel.given(TripRefused(trip: "p"))
        try parcel.expect(published: FreeRoom.self)
        try parcel.expect(status: .compensating)
        try parcel.given(RoomFreed(trip: "p"))
        try parcel.expect(status: .compensated)
    }

    @Test func `compensations that are given up together are told once, with the names of all`() throws {
        var pair = SagaTest<Pair>()
        try pair.given(Placed(order: "p"))
        try pair.advance(by: .seconds(29))
        try pair.expectNothingPublished()
        try pair.advance(by: .seconds(3600))
        try pair.expect(status: .stuck)
        #expect(try pair.published(HelpWanted.self).map(\.step) == ["seat, room"])
    }

    @Test func `compensations that are given up one after the other are told once`() throws {
        var late = SagaTest<Late>()
        try late.given(Placed(order: "p"))
        try late.given(HotelHeld(trip: "p"))
        try late.given(TripRefused(trip: "p"))
        try late.advance(by: .seconds(40))
        try late.given(FlightHeld(trip: "p"))
        #expect(late.steps.map(\.attempts) == [2, 1])
        try late.advance(by: .seconds(30))
        #expect(late.steps.map(\.status) == [.stuck, .compensating])
        #expect(try late.published(HelpWanted.self).map(\.step) == ["room"])
        try late.advance(by: .seconds(3600))
        #expect(late.steps.map(\.status) == [.stuck, .stuck])
        #expect(try late.published(HelpWanted.self).count == 1)
    }
}
