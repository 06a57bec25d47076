import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// A bus with alarms, whose looks come when the test lets time pass.
final class AlarmBench: Sendable {
    let clock = ManualClock()
    let system = SimulatedFileSystem()
    let lines = LogLines()

    func open(
        _ system: SimulatedFileSystem? = nil, segmentBytes: Int = 1 << 20
    ) async throws -> EmbeddedEventBus {
        var options = EmbeddedOptions()
        options.segmentBytes = segmentBytes
        options.unreadAlarm = .seconds(86_400 * 365)
        return try await EmbeddedEventBus.open(
            "/bus", options: options, logger: lines.logger, environment: .seeded(1, clock: clock),
            fileSystem: system ?? self.system)
    }

    /// Lets the bus look so often. It sleeps between two looks, if it has alarms; nobody else may sleep.
    func look(_ count: Int = 1, every pause: Duration = .seconds(10)) async throws {
        for _ in 0..<count {
            try await clock.waitForSleepers()
            clock.advance(by: pause)
        }
        try await clock.waitForSleepers()
    }

    func status(_ name: String, _ bus: EmbeddedEventBus) async throws -> AlarmStatus {
        try #require(try await bus.alarms().first { $0.alarm.name == name })
    }

    func state(_ name: String, _ bus: EmbeddedEventBus) async throws -> AlarmStatus.State {
        try await status(name, bus).state
    }
}
