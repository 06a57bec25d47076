public import Logging

/// What subscribers are made on: the platform of a program, or the bench of a test, so that both run the same subscribers.
///
/// ```swift
/// static func subscriber(on host: some EventHost, _ database: ServiceDatabase) -> Subscriber {
///     Subscriber("stock", on: host, database) {
///         On(OrderPlaced.self) { order, transaction in … }
///     }
/// }
/// ```
public protocol EventHost: Sendable {
    /// The bus that all services share.
    var bus: any EventBus { get }

    /// The logger of a service.
    func logger(for service: String) -> Logger
}

extension Subscriber {
    /// Makes a subscriber on a platform or a bench, which gives the bus and the logger.
    /// - Parameters:
    ///   - name: the consumer group; a scope of the database is put before it.
    ///   - host: the platform or the bench.
    ///   - database: the service's own database.
    ///   - options: how it works.
    ///   - parts: its handlers.
    public convenience init(
        _ name: String, on host: some EventHost, _ database: ServiceDatabase,
        options: SubscriberOptions = SubscriberOptions(), @SubscriberBuilder _ parts: () -> SubscriberParts
    ) {
        self.init(
            name, bus: host.bus, database: database, options: options, logger: host.logger(for: database.service),
            parts)
    }
}
