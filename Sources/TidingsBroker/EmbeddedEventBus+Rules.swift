import Tidings

extension EmbeddedEventBus {
    /// Makes a rule, or changes one; durable when this returns. The same twice changes nothing. It decides about what is
    /// published from then on.
    /// - Throws: `TidingsError` with code `invalid` for a name or targets out of range, a queue that is not there or gets dead
    ///   letters, or an event log of which another rule states another retention; `overloaded` if there are 20,000 rules, 100
    ///   event logs, or 20,000 queues, groups, archives and rules with event logs; `unavailable`, `closed`.
    public func declareRule(_ rule: EventRule) async throws { try await engine.declare(rule) }

    /// Removes a rule; durable when this returns. What it chose stays where it is. One that is not there is not an error.
    public func removeRule(_ name: String) async throws { try await engine.removeRule(name) }

    /// The rules, by name.
    public func rules() async throws -> [EventRule] {
        try engine.read { state in
            try state.checkOpen()
            return state.rules
        }
    }
}
