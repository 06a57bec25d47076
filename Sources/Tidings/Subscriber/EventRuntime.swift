public import Logging
public import ServiceLifecycle

/// Runs subscribers, and the outboxes and the upkeep of their databases: the one way to start them.
///
/// ```swift
/// try await EventRuntime([inventory, payment], bus: bus, logger: logger).run()
/// ```
///
/// What does not move past its deadline is looked for every five seconds (``StuckWork``).
///
/// Every consumer group is made before anything is published, so that none misses the first events. On a graceful
/// shutdown the subscribers finish what they have begun, and then the outboxes are emptied.
public struct EventRuntime: Service {
    private let subscribers: [Subscriber]
    private let relays: [OutboxRelay]
    private let maintenance: [DatabaseMaintenance]
    private let watches: [StuckWatch]
    private let logger: Logger

    /// Makes a runtime; it works while ``run()`` runs.
    /// - Parameters:
    ///   - subscribers: the subscribers; the outboxes of their databases are relayed.
    ///   - databases: further databases whose outboxes are relayed: of services that only publish.
    ///   - bus: where the outboxes are published.
    ///   - logger: where failures and published events are logged.
    ///   - eventLogLevel: the level of the line that notes a published event.
    public init(
        _ subscribers: [Subscriber], databases: [ServiceDatabase] = [], bus: any EventBus, logger: Logger,
        eventLogLevel: Logger.Level = .debug
    ) {
        self.subscribers = subscribers
        self.logger = logger
        var known: Set<ObjectIdentifier> = []
        let databases = (subscribers.map(\.database) + databases).filter {
            known.insert(ObjectIdentifier($0)).inserted
        }
        func noting(_ database: ServiceDatabase) -> Logger {
            var logger = logger
            logger[metadataKey: "service"] = "\(database.service)"
            return logger
        }
        relays = databases.map {
            OutboxRelay(from: $0, to: bus, logger: noting($0), eventLogLevel: eventLogLevel)
        }
        maintenance = databases.map { DatabaseMaintenance(of: $0, logger: noting($0)) }
        watches = databases.map { StuckWatch($0, on: bus, logger: noting($0)) }
    }

    /// Makes the consumer groups; once more does no harm.
    package func makeGroups() async throws {
        for subscriber in subscribers { try await subscriber.makeGroup() }
    }

    /// Makes the consumer groups, then runs until the task is cancelled or the service group shuts down.
    /// - Throws: ``TidingsError`` with code `misconfigured` at once, as ``Subscriber/run()`` does; whatever keeps a
    ///   subscriber or a relay from running.
    public func run() async throws {
        try await makeGroups()
        // Services end in the reverse of this order.
        try await ServiceGroup(services: watches + maintenance + relays + subscribers, logger: logger).run()
    }
}
