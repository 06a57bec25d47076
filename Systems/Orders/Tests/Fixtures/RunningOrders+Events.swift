import Tidings
import TidingsService

extension RunningOrders {
    /// Puts events straight onto the bus, as another service would.
    func publish(_ events: (type: EventType, order: String, data: String)...) async throws {
        try await publish(events)
    }

    func publish(_ events: [(type: EventType, order: String, data: String)]) async throws {
        try await platform.bus.publish(
            events.map { event in
                Envelope(
                    id: platform.environment.makeID(), source: "/orders/test", type: event.type, subject: event.order,
                    time: platform.environment.now(), data: EventBytes(event.data))
            })
    }

    static func created(
        _ order: String, _ quantity: Int = 2, of product: String = "p-1"
    ) -> (type: EventType, order: String, data: String) {
        let item = #"{"productId":"\#(product)","quantity":\#(quantity),"unitPrice":"9.99"}"#
        return (
            "order.created.v1", order, #"{"orderId":"\#(order)","customerId":"c-1","items":[\#(item)],"total":"19.98"}"#
        )
    }

    static func cancelled(_ order: String) -> (type: EventType, order: String, data: String) {
        ("order.cancelled.v1", order, #"{"orderId":"\#(order)","reason":"test"}"#)
    }

    static func paid(_ order: String) -> (type: EventType, order: String, data: String) {
        ("payment.confirmed.v1", order, #"{"orderId":"\#(order)","amount":"19.98","transactionId":"t-1"}"#)
    }

    static func refused(_ order: String) -> (type: EventType, order: String, data: String) {
        ("payment.failed.v1", order, #"{"orderId":"\#(order)","amount":"19.98","reason":"card_declined"}"#)
    }

    /// Waits until a consumer has seen so many events of the test's own.
    func untilSeen(_ count: Int, by consumer: String, in service: String) async throws {
        try await until {
            try await databases.count(
                in: service,
                "SELECT count(*) AS n FROM tidings_inbox WHERE consumer = \("orders." + consumer) AND source = '/orders/test'"
            ) >= count
        }
    }

    /// How many events of all services are parked or dead letters.
    func parkedCount(in services: [String] = ["order", "payment", "inventory"]) async throws -> Int {
        var count = 0
        for service in services {
            count += try await databases.count(in: service, "SELECT count(*) AS n FROM tidings_parked")
        }
        return count
    }
}
