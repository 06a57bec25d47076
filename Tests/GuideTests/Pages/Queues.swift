import Tidings
import TidingsBroker
import TidingsRouting

func declareQueues(_ bus: EmbeddedEventBus) async throws {
    var options = QueueOptions()
    options.visibilityTimeout = .seconds(300)
    options.retention = .seconds(4 * 86_400)
    options.maximumReceives = 3
    options.ordering = .none
    try await bus.declareQueue("notifications", options)
    try await bus.declareQueue("reporting")
}

func notify(_ bus: EmbeddedEventBus, _ send: (Envelope) async throws -> Void) async throws {
    let consumer = try await bus.consumer(ofQueue: "notifications")
    while true {
        for delivery in try await consumer.next(atMost: 10) {
            try await send(delivery.event)
            _ = try await consumer.settle([.acknowledge(delivery.receipt)])
        }
    }
}
