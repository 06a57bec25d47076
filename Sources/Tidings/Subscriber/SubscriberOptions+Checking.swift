extension SubscriberOptions {
    /// Refuses what no subscriber can work with.
    /// - Throws: ``TidingsError`` with code `misconfigured`, naming the option, its value and what would be right.
    func check(for subscriber: String, on bus: any EventBus) throws(TidingsError) {
        func require(_ isRight: Bool, _ option: String, _ value: Any, _ right: String) throws(TidingsError) {
            if isRight { return }
            throw TidingsError(.misconfigured, "\(option) of subscriber \(subscriber) is \(value); it must be \(right)")
        }
        try require((1...BusLimits.batchCount).contains(batchSize), "batchSize", batchSize, "1 to 10,000")
        try require(concurrency >= 1, "concurrency", concurrency, "at least 1")
        try require(effectConcurrency >= 1, "effectConcurrency", effectConcurrency, "at least 1")
        try require(deliveryLimit >= 2, "deliveryLimit", deliveryLimit, "at least 2")
        try require(
            BusLimits.visibility.contains(visibilityTimeout), "visibilityTimeout", visibilityTimeout,
            "from a millisecond to 30 days")
        try require(effectTimeout >= .milliseconds(1), "effectTimeout", effectTimeout, "at least a millisecond")
        try require(slowBody >= .milliseconds(1), "slowBody", slowBody, "at least a millisecond")
        try require(outageHorizon >= .zero, "outageHorizon", outageHorizon, "zero or more")
        try require(
            retry.maximumAttempts >= 1, "retry.maximumAttempts", retry.maximumAttempts, "at least 1")
        try require(retry.initialDelay >= .zero, "retry.initialDelay", retry.initialDelay, "zero or more")
        try require(retry.maximumDelay >= .zero, "retry.maximumDelay", retry.maximumDelay, "zero or more")
        let lacking = requiredCapabilities.subtracting(bus.capabilities)
        if let name = lacking.names.first {
            throw TidingsError(
                .misconfigured, "subscriber \(subscriber) needs \(name), which \(type(of: bus)) does not have")
        }
    }
}
