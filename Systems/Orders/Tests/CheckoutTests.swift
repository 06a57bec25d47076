import OrderServices
import Testing
import Tidings
import TidingsTesting

@Suite struct CheckoutTests {
    private let order = OrderID(rawValue: "o-1")
    private let price = Money(cents: 999)

    private var created: OrderCreated {
        OrderCreated(
            orderId: order, customerId: "c-1", items: [LineItem(productId: "p-1", quantity: 1, unitPrice: price)])
    }
    private var paid: PaymentConfirmed { PaymentConfirmed(orderId: order, amount: price, transactionId: "t-1") }
    private var refused: PaymentFailed { PaymentFailed(orderId: order, amount: price, reason: "card_declined") }
    private var refunded: PaymentRefunded { PaymentRefunded(orderId: order, amount: price) }
    private var reserved: InventoryReserved { InventoryReserved(orderId: order) }
    private var released: InventoryReleased { InventoryReleased(orderId: order) }

    @Test(arguments: [true, false])
    func `payment and reservation confirm, in either order`(_ isPaidFirst: Bool) throws {
        var checkout = SagaTest<Checkout>()
        try checkout.given(created)
        if isPaidFirst { try checkout.given(paid) } else { try checkout.given(reserved) }
        try checkout.expectNothingPublished()
        if isPaidFirst { try checkout.given(reserved) } else { try checkout.given(paid) }
        try checkout.expect(published: OrderConfirmed.self, stage: .completed)
        try checkout.expect(status: .completed)
        #expect(checkout.wakesAt == nil)
    }

    @Test func `what comes before the order is kept for it`() throws {
        var checkout = SagaTest<Checkout>()
        try checkout.given(paid)
        try checkout.given(reserved)
        try checkout.expect(status: .early)
        try checkout.given(created)
        try checkout.expect(published: OrderConfirmed.self, stage: .completed)
    }

    @Test func `a declined payment cancels, and the release ends it`() throws {
        var checkout = SagaTest<Checkout>()
        try checkout.given(created)
        try checkout.given(reserved)
        try checkout.given(refused)
        #expect(try checkout.expect(published: OrderCancelled.self, stage: .failed).reason == "card_declined")
        try checkout.expect(status: .compensating)
        try checkout.given(released)
        try checkout.expect(status: .compensated)
        #expect(checkout.wakesAt == nil)
    }

    @Test(arguments: [InventoryFailed.Reason.insufficientStock, .unknownProduct])
    func `stock that fails cancels, and a payment that comes later has to be refunded`(
        _ reason: InventoryFailed.Reason
    ) throws {
        var checkout = SagaTest<Checkout>()
        try checkout.given(created)
        try checkout.given(InventoryFailed(orderId: order, reason: reason))
        #expect(try checkout.expect(published: OrderCancelled.self, stage: .failed).reason == reason.rawValue)
        try checkout.expect(status: .compensated)
        try checkout.given(paid)
        try checkout.expectNothingPublished()
        try checkout.expect(status: .compensating)
        try checkout.given(refunded)
        try checkout.expect(status: .compensated)
        #expect(try checkout.published(OrderConfirmed.self).isEmpty)
    }

    @Test func `an hour without an answer cancels, and not a moment earlier`() throws {
        var checkout = SagaTest<Checkout>()
        try checkout.given(created)
        try checkout.given(reserved)
        try checkout.advance(by: .seconds(3599))
        try checkout.expectNothingPublished()
        try checkout.expect(stage: .paymentPending)
        try checkout.advance(by: .seconds(1))
        #expect(try checkout.expect(published: OrderCancelled.self, stage: .failed).reason == "time-out")
        try checkout.given(released)
        try checkout.expect(status: .compensated)
        try checkout.advance(by: .seconds(86_400))
        #expect(try checkout.published(OrderCancelled.self).count == 1)
    }

    @Test func `an order that asks for less time is cancelled sooner, and not once it is confirmed`() throws {
        let impatient = OrderCreated(orderId: order, customerId: "c-1", items: created.items, timeoutSeconds: 20)
        var checkout = SagaTest<Checkout>()
        try checkout.given(impatient)
        try checkout.advance(by: .seconds(19))
        try checkout.expectNothingPublished()
        try checkout.advance(by: .seconds(1))
        #expect(try checkout.expect(published: OrderCancelled.self, stage: .failed).reason == "time-out")
        try checkout.advance(by: .seconds(86_400))
        #expect(try checkout.published(OrderCancelled.self).count == 1)

        checkout = SagaTest<Checkout>()
        for event in [impatient, paid, reserved] as [any Event] { try checkout.given(event) }
        try checkout.advance(by: .seconds(86_400))
        #expect(checkout.published.map(\.type) == ["order.confirmed.v1"])
    }

    @Test func `an order that waits for its release is not cancelled again by its own time-out`() throws {
        let impatient = OrderCreated(orderId: order, customerId: "c-1", items: created.items, timeoutSeconds: 20)
        var checkout = SagaTest<Checkout>()
        for event in [impatient, reserved, refused] as [any Event] { try checkout.given(event) }
        try checkout.advance(by: .seconds(20))
        #expect(try checkout.published(OrderCancelled.self).count == 1)
        try checkout.expect(status: .compensating)
    }

    @Test func `a confirmed order is never cancelled by time or by a late refusal`() throws {
        var checkout = SagaTest<Checkout>()
        for event in [created, paid, reserved, refused] as [any Event] { try checkout.given(event) }
        try checkout.advance(by: .seconds(86_400))
        try checkout.expect(stage: .completed)
        #expect(checkout.published.map(\.type) == ["order.confirmed.v1"])
    }

    @Test func `a compensation that is never proved ends in order.failed, once for the person who has to see to it`()
        throws
    {
        var checkout = SagaTest<Checkout>()
        for event in [created, reserved, refused] as [any Event] { try checkout.given(event) }
        try checkout.advance(by: .seconds(86_399))
        try checkout.expect(status: .compensating)
        #expect(try checkout.published(OrderFailed.self).isEmpty)
        try checkout.advance(by: .seconds(1))
        #expect(try checkout.expect(published: OrderFailed.self, stage: .failed).reason == "stock could not be undone")
        try checkout.expect(status: .stuck)
        try checkout.advance(by: .seconds(86_400))
        #expect(try checkout.published(OrderFailed.self).count == 1)
    }

    @Test func `two compensations that are never proved fail the order once`() throws {
        var checkout = SagaTest<Checkout>()
        for event in [created, reserved, paid] as [any Event] { try checkout.given(event) }
        try checkout.expect(stage: .completed)
        checkout = SagaTest<Checkout>()
        for event in [created, reserved, refused, paid] as [any Event] { try checkout.given(event) }
        try checkout.advance(by: .seconds(2 * 86_400))
        #expect(try checkout.published(OrderFailed.self).map(\.reason) == ["payment, stock could not be undone"])
        try checkout.expect(status: .stuck)
    }

    @Test func `the same event twice confirms once`() throws {
        var checkout = SagaTest<Checkout>()
        for event in [created, created, paid, paid, reserved, reserved] as [any Event] { try checkout.given(event) }
        #expect(try checkout.published(OrderConfirmed.self).count == 1)
    }
}
