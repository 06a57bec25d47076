import Logging
import Tidings
import TidingsBroker

/// The buses by the names that the documents use.
enum EventBusType: String, CaseIterable {
    case embedded, memory, daemon, nats, kafka, redis
    case redisPubSub = "redis-pubsub"
    case rabbitmq, postgres, aws

    func open(
        in directory: String, _ options: EmbeddedOptions, _ logger: Logger, _ environment: RuntimeEnvironment
    ) async throws -> OpenedBus {
        switch self {
        case .embedded:
            let bus = try await EmbeddedEventBus.open(
                "\(directory)/log", options: options, logger: logger, environment: environment)
            return OpenedBus(bus: bus, failure: { await bus.failure() }, close: { await bus.close() })
        case .memory:
            logger.warning("EVENT_BUS_TYPE is memory: events that were not handled are lost with the process")
            let bus = MemoryEventBus(environment: environment)
            return OpenedBus(bus: bus, failure: nil, close: { bus.close() })
        case .daemon, .nats, .kafka, .redis, .redisPubSub, .rabbitmq, .postgres, .aws:
            throw SettingsError("EVENT_BUS_TYPE", value: rawValue, expected: "embedded or memory in this version")
        }
    }
}
