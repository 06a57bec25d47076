import Tidings

/// What every bus has to keep, as checks that every bus runs: the contract of `EventBus` and `EventConsumer`.
///
/// ```swift
/// @Suite struct EmbeddedConformance {
///     let conformance = BusConformance { try TemporaryFolder() }
///
///     @Test(arguments: BusConformance.checks)
///     func `the embedded bus keeps the contract`(_ check: BusConformance.Check) async throws {
///         try await conformance.run(check)
///     }
/// }
/// ```
///
/// No check is skipped. If it is about a capability that the bus does not state, the contrary is asserted: a bus
/// without history refuses to start before now, one that does not recognise a publisher's retry delivers it again, and one
/// that is not durable has nothing after a restart.
public struct BusConformance: Sendable {
    /// Where the bus reads time.
    public enum Time: Sendable {
        /// From the environment that it is given: time-outs end when the check says so.
        case manual
        /// From somewhere else, such as a server: the checks wait in real time, with short time-outs.
        case real
    }

    /// One thing that a bus has to keep.
    public struct Check: Sendable, CustomStringConvertible {
        /// What it is, as a sentence.
        public let name: String
        let run: @Sendable (inout BusBench) async throws -> Void

        init(_ name: String, _ run: @escaping @Sendable (inout BusBench) async throws -> Void) {
            self.name = name
            self.run = run
        }

        /// The name, by which a test library shows it.
        public var description: String { name }
    }

    /// Every check, for all capabilities; no two have one name.
    public static let checks: [Check] =
        publishingChecks + duplicateChecks + groupChecks + startChecks + orderChecks + visibilityChecks
        + settlementChecks + receiptChecks + consumerChecks + backlogChecks + lifetimeChecks + restartChecks
        + identityChecks + waitingChecks + leaseChecks + delayChecks

    private let time: Time
    private let timeout: Duration
    private let duplicateWindow: Duration
    private let fixture: @Sendable () async throws -> any BusFixture

    /// Makes a suite for a bus.
    /// - Parameters:
    ///   - time: where the bus reads time.
    ///   - timeout: how long a check waits, in real time, for what must come.
    ///   - duplicateWindow: for how long a publisher's retry is recognised: two minutes, unless a server that has its own
    ///     time is given less, so that a check need not wait that long. At least a second.
    ///   - fixture: makes storage of its own; called for each check.
    public init(
        time: Time = .manual, timeout: Duration = .seconds(20), duplicateWindow: Duration = .seconds(120),
        fixture: @escaping @Sendable () async throws -> any BusFixture
    ) {
        self.time = time
        self.timeout = timeout
        self.duplicateWindow = duplicateWindow
        self.fixture = fixture
    }

    /// Runs one check.
    /// - Throws: ``Violation`` if the bus does not keep it; otherwise what the bus or the fixture throws.
    public func run(_ check: Check) async throws {
        let fixture = try await fixture()
        do {
            var bench = try await BusBench(fixture, time, timeout, duplicateWindow)
            do {
                try await check.run(&bench)
            } catch {
                try? await bench.close()
                throw error
            }
            try await bench.close()
        } catch {
            // The check's failure is the one to be told.
            try? await fixture.remove()
            throw error
        }
        try await fixture.remove()
    }

    /// Runs every check, one after the other, to the first that fails.
    /// - Throws: ``Violation`` that names the check; otherwise what the bus or the fixture throws.
    public func run() async throws {
        for check in Self.checks {
            do {
                try await run(check)
            } catch let violation as Violation {
                throw Violation("\(check): \(violation.message)", place: violation.place)
            }
        }
    }
}
