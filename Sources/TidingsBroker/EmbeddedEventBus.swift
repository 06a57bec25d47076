import Dispatch
public import Logging
import Synchronization
public import Tidings
package import TidingsLog

/// The durable bus that runs inside a program: a log in a folder, and consumer groups over it. No server to install.
///
/// **Durability.** ``publish(_:)`` returns once the events, and the groups they are for, are synced to the disk; no
/// consumer sees an event before that. All that arrives while one sync runs shares the next. A take is written before
/// the consumer sees its events, so an attempt counts even when the process is killed by it; a settlement becomes
/// durable within ten milliseconds, and a crash before that means redelivery.
///
/// **After a restart** what was out comes back at once, with its attempts counted.
///
/// **Failure.** When the disk is full or refuses a write or a sync, the log stops for good and every later call fails
/// with code `unavailable`; what was durable stays so. Only opening the folder again helps, so a program that waits for
/// ``failure()`` and ends with what it returns is one that whoever runs it can start again.
///
/// **One folder, one process.** Opening a folder that another process has open fails and names that process.
public final class EmbeddedEventBus: EventBus {
    let log: Log
    let state: Mutex<BrokerState>
    let environment: RuntimeEnvironment
    let ending = Ending()
    private let isOpen = Mutex(true)

    private init(log: Log, state: BrokerState, environment: RuntimeEnvironment) {
        self.log = log
        self.state = Mutex(state)
        self.environment = environment
    }

    /// Opens a folder, making it where it is new, and recovers what it holds.
    ///
    /// Reads the whole log; that takes about a second for a million events.
    /// - Parameters:
    ///   - directory: the folder.
    ///   - options: how large the files of the log are, and how many bytes of recent events stay in memory.
    ///   - logger: where a torn end that had to be cut is told.
    ///   - environment: where time is read.
    /// - Throws: `TidingsError` with code `unavailable` where the folder is in use or cannot be read, `corrupt` where
    ///   what was durable is damaged.
    public static func open(
        _ directory: String, options: EmbeddedOptions = EmbeddedOptions(), logger: Logger,
        environment: RuntimeEnvironment = .system
    ) async throws -> EmbeddedEventBus {
        try await open(
            directory, options: options, logger: logger, environment: environment, fileSystem: POSIXFileSystem())
    }

    /// Opens a folder of another file system than the machine's.
    package static func open(
        _ directory: String, options: EmbeddedOptions, logger: Logger, environment: RuntimeEnvironment,
        fileSystem: any FileSystem
    ) async throws -> EmbeddedEventBus {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try recover(directory, options, logger, environment, fileSystem) })
            }
        }
    }

    private static func recover(
        _ directory: String, _ options: EmbeddedOptions, _ logger: Logger, _ environment: RuntimeEnvironment,
        _ fileSystem: any FileSystem
    ) throws -> EmbeddedEventBus {
        var recovered = RecoveredState(cacheLimit: options.cacheBytes)
        do {
            var logOptions = LogOptions()
            logOptions.segmentBytes = options.segmentBytes
            // The largest batch, and room for the ids of the queues that each event goes to.
            logOptions.maximumRecordBytes = BusLimits.batchBytes * 2
            let log = try Log.open(
                directory: directory, options: logOptions, fileSystem: fileSystem,
                onWarning: { logger.warning("\($0)") },
                replay: { position, payload in
                    let bytes = payload.withUnsafeBytes { [UInt8]($0) }
                    try recovered.apply(BrokerRecord(bytes), at: position)
                })
            let bus = EmbeddedEventBus(log: log, state: BrokerState(recovered), environment: environment)
            log.start { [weak bus] progress in bus?.advance(to: progress) }
            return bus
        } catch let error as LogError {
            throw TidingsError(error)
        }
    }

    /// Durability and order by key.
    public var capabilities: BusCapabilities { [.durable, .order] }

    /// Publishes events and returns once they are synced to the disk.
    @discardableResult
    public func publish(_ events: [Envelope]) async throws -> [PublishedEvent] {
        guard !events.isEmpty else {
            try state.withLock { try $0.checkOpen() }
            return []
        }
        for event in events { try event.validate() }
        let outgoing = events.map(OutgoingEvent.init)
        var bytes = 0
        for event in outgoing { bytes += event.bytes.count }
        try BusLimits.check(batchOf: events.count, bytes: bytes)
        let now = environment.now()
        let first = try await withCheckedThrowingContinuation { continuation in
            do {
                try state.withLock { try $0.publish(outgoing, at: now, log, continuation) }
            } catch {
                continuation.resume(throwing: TidingsError(bus: error))
            }
        }
        return events.indices.map { PublishedEvent(id: events[$0].id, sequence: first + UInt64($0)) }
    }

    /// Joins a group; a new one starts at `latest` and is durable when this returns.
    public func subscribe(_ subscription: Subscription) async throws -> any EventConsumer {
        try subscription.validate()
        let (queue, member, ticket) = try translating { try state.withLock { try $0.join(subscription, log) } }
        // Also where another member made the group a moment ago.
        if let ticket { try await wait(for: ticket, untilSynced: true) }
        let signal = state.withLock { $0.queues[queue].signal }
        return EmbeddedEventConsumer(
            bus: self, queue: queue, membership: Membership(member), signal: signal, environment: environment)
    }

    /// Connected until the log stops or the bus is closed.
    public func health() async -> BusHealth {
        let failure = state.withLock(\.failure)
        return BusHealth(isConnected: failure == nil, reason: failure.map { "\($0)" })
    }

    /// Waits until the log stops for good, because the disk is full or refused a write or a sync.
    ///
    /// - Returns: why, with what to do about it; `nil` where the bus is closed before that, or the task cancelled. Returns
    ///   at once when the bus has ended already.
    public func failure() async -> TidingsError? {
        await ending.failure()
    }

    /// Ends the bus: makes durable what was staged and gives the folder back. Every later call fails with code `closed`.
    public func close() async {
        let isFirst = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        guard isFirst else { return }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [log] in
                log.close()
                continuation.resume()
            }
        }
        // Where the last sync failed, that has been told before.
        ending.close()
        stop(because: TidingsError(.closed, "the bus was closed"))
    }
}
