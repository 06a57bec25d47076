import Testing
import Tidings
import TidingsTesting

private struct Opened: Event {
    static let type: EventType = "opened.v1"
    let id: String
    var subject: String? { id }
}

private struct Paid: Event {
    static let type: EventType = "paid.v1"
    let id: String
}

private struct Refund: Event {
    static let type: EventType = "refund.v1"
    let id: String
}

private struct Refunded: Event {
    static let type: EventType = "refunded.v1"
    let id: String
}

private struct Refused: Event {
    static let type: EventType = "refused.v1"
    let id: String
}

private struct Closed: Event {
    static let type: EventType = "closed.v1"
    let id: String
}

extension Event where Self == Opened {
    fileprivate static var opened: Opened { Opened(id: "7") }
}

private struct Ticket: Saga {
    typealias ID = String
    enum Stage: String, Codable { case open, paid, closed }
    let id: String
    var stage = Stage.open

    static var definition: SagaDefinition<Ticket> {
        Starts(on: Opened.self, id: \.id) { Ticket(id: $0.id) }
        When(Paid.self, id: \.id, in: .open) { saga, paid in
            saga.stage = .paid
            return [.step("pay", compensation: Refund(id: paid.id), compensatedBy: Refunded.self)]
        }
        When(Refused.self, id: \.id, in: .paid) { saga, _ in
            saga.stage = .closed
            return [.publish(Closed(id: saga.id)), .compensate(reason: "refused")]
        }
        Compensated(by: Refunded.self, id: \.id)
        Timeout(after: .seconds(3600), in: .open) { saga in
            saga.stage = .closed
            return [.publish(Closed(id: saga.id)), .fail(reason: "time-out")]
        }
        Timeout(after: .seconds(60), in: .paid) { _ in [.complete] }
    }
}

@Suite struct SagaTestTests {
    private var ticket = SagaTest<Ticket>()

    @Test mutating func `a time-out comes when it is due, and not before`() throws {
        try ticket.given(.opened)
        try ticket.expectNothingPublished()
        try ticket.advance(by: .seconds(3599))
        try ticket.expect(stage: .open)
        try ticket.expect(status: .running)
        try ticket.advance(by: .seconds(1))
        let closed = try ticket.expect(published: Closed.self, stage: .closed)
        #expect(closed.id == "7")
        #expect(ticket.status == .failed)
        #expect(ticket.reason == "time-out")
    }

    @Test mutating func `what undoes a step is published as it was noted`() throws {
        try ticket.given(.opened)
        try ticket.given(Paid(id: "7"))
        #expect(ticket.steps.map(\.name) == ["pay"])
        try ticket.given(Refused(id: "7"))
        #expect(ticket.latestPublished.map(\.type) == ["closed.v1", "refund.v1"])
        #expect(try ticket.published(Refund.self).map(\.id) == ["7"])
        try ticket.expect(status: .compensating)
        try ticket.given(Refunded(id: "7"))
        try ticket.expect(status: .compensated)
        #expect(ticket.wakesAt == nil)
    }

    @Test mutating func `an event that came early is kept until the saga starts`() throws {
        try ticket.given(Paid(id: "7"))
        try ticket.expect(status: .early)
        #expect(ticket.saga == nil)
        try ticket.given(.opened)
        try ticket.expect(stage: .paid)
    }

    @Test mutating func `an ended saga is not ended again by the time-out of its stage`() throws {
        try ticket.given(.opened)
        try ticket.given(Paid(id: "7"))
        try ticket.advance(by: .seconds(60))
        try ticket.expect(status: .completed)
        #expect(ticket.wakesAt == nil)
        try ticket.advance(by: .seconds(86_400))
        #expect(ticket.published.isEmpty)
    }

    @Test mutating func `what was expected in vain is told with its place`() throws {
        try ticket.given(.opened)
        var faults: [String] = []
        do { try ticket.expect(published: Closed.self) } catch { faults.append("\(error)") }
        do { try ticket.expect(stage: .paid) } catch { faults.append("\(error)") }
        do { try ticket.expect(status: .failed) } catch { faults.append("\(error)") }
        do { try ticket.given(Paid(id: "8")) } catch { faults.append("\(error)") }
        try ticket.advance(by: .seconds(3600))
        do { try ticket.expectNothingPublished() } catch { faults.append("\(error)") }
        let expected = [
            "expected Ticket to publish closed.v1; it published nothing",
            "expected Ticket in stage paid; it is in stage open",
            "expected Ticket to be failed; it is running", "paid.v1 is for Ticket 8, and this test runs 7",
            "expected Ticket to publish nothing; it published closed.v1",
        ]
        #expect(zip(faults, expected).allSatisfy { $0.hasPrefix($1) }, "\(faults)")
        #expect(faults.count == expected.count)
        #expect(faults.first?.contains("SagaTestTests.swift:") == true)
    }
}
