import Tidings

extension EmbeddedEventBus {
    /// Makes an alarm, or changes one; durable when this returns. The same twice changes nothing. One that watches
    /// something else than before, or with another threshold, begins anew; another description leaves its state.
    /// - Throws: `TidingsError` with code `invalid` for a name, threshold or description out of range; `overloaded` if there
    ///   are 1,000 alarms; `unavailable`, `closed`.
    public func declareAlarm(_ alarm: QueueAlarm) async throws {
        if try await engine.declare(alarm) { alarmWatch.ended(alarm.name, because: "was declared otherwise") }
        alarmWatch.alarmsChanged()
    }

    /// Removes an alarm; durable when this returns. One that is not there is not an error.
    public func removeAlarm(_ name: String) async throws {
        if try await engine.removeAlarm(name) { alarmWatch.ended(name, because: "was removed") }
    }

    /// The alarms, by name, with what the last look found. Whether one is raised, and since when, survives a restart.
    public func alarms() async throws -> [AlarmStatus] { try alarmWatch.statuses() }
}
