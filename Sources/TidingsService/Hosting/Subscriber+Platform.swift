public import Tidings

extension Subscriber {
    /// Makes a subscriber of a service on a platform, which gives the bus and the logger.
    ///
    /// ```swift
    /// let stock = Subscriber("stock", on: platform, database) {
    ///     On(OrderPlaced.self) { order, transaction in … }
    /// }
    /// ```
    /// - Parameters:
    ///   - name: the consumer group is `<scope>.<name>`.
    ///   - platform: the platform.
    ///   - database: the service's own database.
    ///   - options: how it works.
    ///   - parts: its handlers.
    public convenience init(
        _ name: String, on platform: Platform, _ database: ServiceDatabase,
        options: SubscriberOptions = SubscriberOptions(), @SubscriberBuilder _ parts: () -> SubscriberParts
    ) {
        self.init(
            name, bus: platform.bus, database: database, options: options,
            logger: platform.logger(for: database.service), parts)
    }
}
