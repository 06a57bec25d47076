import Testing
import Tidings
import TidingsTesting

/// Reminds of a parcel until it is fetched, and gives it back after a week.
private struct Pickup: Saga {
    typealias ID = String

    enum Stage: String, Codable { case waiting, fetched, returned }

    let order: String
    var stage = Stage.waiting

    static var definition: SagaDefinition<Pickup> {
        Starts(on: Placed.self, id: \.order) { Pickup(order: $0.order) }
        When(Placed.self, id: \.order) { _, placed in
            let days = placed.note.flatMap { Int($0) } ?? 1
            return [
                .setTimeout("reminder", after: .seconds(86_400 * days)),
                .setTimeout("return", after: .seconds(604_800)),
            ]
        }
        When(Counted.self, id: \.order) { _, counted in
            counted.number == 0
                ? [.cancelTimeout("reminder")] : [.setTimeout("reminder", after: .seconds(counted.number))]
        }
        When(Reserved.self, id: \.order) { pickup, _ in
            pickup.stage = .fetched
            return [.complete]
        }
        Timeout("reminder") { pickup in [.publish(Placed(order: pickup.order, note: "remind"))] }
        Timeout("return") { pickup in
            pickup.stage = .returned
            return [.fail(reason: "never fetched")]
        }
    }
}

/// Sets a time-out that it does not declare.
private struct Forgetful: Saga {
    typealias ID = String
    enum Stage: String, Codable { case waiting }
    let order: String
    var stage = Stage.waiting

    static var definition: SagaDefinition<Forgetful> {
        Starts(on: Placed.self, id: \.order) { Forgetful(order: $0.order) }
        When(Placed.self, id: \.order) { _, _ in [.setTimeout("nap", after: .seconds(1))] }
    }
}

@Suite struct SagaTimeoutTests {
    @Test func `time-outs of one saga run by themselves, each at its moment`() throws {
        var pickup = SagaTest<Pickup>()
        try pickup.given(Placed(order: "o"))
        try pickup.advance(by: .seconds(86_399))
        try pickup.expectNothingPublished()
        try pickup.advance(by: .seconds(1))
        #expect(try pickup.expect(published: Placed.self).note == "remind")
        try pickup.advance(by: .seconds(604_800))
        try pickup.expectNothingPublished()
        try pickup.expect(stage: .returned)
        try pickup.expect(status: .failed)
        #expect(pickup.wakesAt == nil)
    }

    @Test func `a time-out is set for one instance, set again and cancelled`() throws {
        var pickup = SagaTest<Pickup>()
        let start = pickup.now
        try pickup.given(Placed(order: "o", note: "3"))
        #expect(pickup.wakesAt == start + .seconds(3 * 86_400))
        try pickup.given(Counted(order: "o", number: 60))
        #expect(pickup.wakesAt == start + .seconds(60))
        try pickup.given(Counted(order: "o", number: 0))
        #expect(pickup.wakesAt == start + .seconds(604_800))
    }

    @Test func `a saga that has ended has no time-outs left`() throws {
        var pickup = SagaTest<Pickup>()
        try pickup.given(Placed(order: "o"))
        try pickup.given(Reserved(order: "o"))
        #expect(pickup.wakesAt == nil)
        try pickup.advance(by: .seconds(999_999))
        try pickup.expectNothingPublished()
        try pickup.expect(stage: .fetched)
    }

    @Test func `a time-out that is not declared is refused with its name`() throws {
        var saga = SagaTest<Forgetful>()
        let error = #expect(throws: TidingsError.self) { try saga.given(Placed(order: "o")) }
        #expect(error?.message.contains("nap") == true)
    }
}
