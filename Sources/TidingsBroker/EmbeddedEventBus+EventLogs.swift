import Tidings

extension EmbeddedEventBus {
    /// The event logs, by name: those that are targets of rules (``EventRule/Target/log(_:)``), and those that no rule names
    /// any more and whose files are still kept.
    /// - Throws: `TidingsError` with code `closed` or `unavailable` if the bus has stopped.
    public func eventLogs() async throws -> [EventLogStatus] {
        try engine.read { try $0.checkOpen() }
        return engine.eventLogStatus()
    }
}
