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

struct UnknownRecipient: Error {}

func notify(_ bus: EmbeddedEventBus, _ send: (Envelope) async throws -> Void) async throws {
    let consumer = try await bus.consumer(ofQueue: "notifications")
    while true {
        for delivery in try await consumer.next(atMost: 10) {
            let receipt = delivery.receipt
            do {
                try await send(delivery.event)
                try await consumer.settle([.acknowledge(receipt)])
            } catch is UnknownRecipient {
                try await consumer.settle([.deadLetter(receipt, reason: "the recipient is unknown")])
            } catch {
                try await consumer.settle([.retry(receipt, after: .seconds(60))])
            }
        }
    }
}

func remind(_ bus: EmbeddedEventBus, of reminder: Envelope, in delay: Duration) async throws {
    var reminder = reminder
    reminder.notBefore = RuntimeEnvironment.system.now() + delay
    try await bus.publish([reminder])
}
