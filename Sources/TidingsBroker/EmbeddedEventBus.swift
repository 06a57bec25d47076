import Dispatch
public import Logging
import Synchronization
public import Tidings
import TidingsLog

/// The durable bus that runs inside a program: a log in a folder, and consumer groups over it. No server to install.
///
/// **Durability.** ``publish(_:)`` returns once the events, and the groups they are for, are synced to the disk; no
/// consumer sees an event before that. All that arrives while one sync runs shares the next. A take is written before
/// the consumer sees its events, so an attempt counts even when the process is killed by it; a settlement becomes
/// durable within ten milliseconds, and a crash before that means redelivery.
///
/// **After a restart** what was out comes back at once, with its attempts counted.
///
/// **One folder, one process.** Opening a folder that another process has open fails and names that process.
public final class EmbeddedEventBus: EventBus {
    private let log: Log
    private let state: Mutex<BrokerState>
    private let environment: RuntimeEnvironment
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
    ///   - options: how large segments are, and the like.
    ///   - cacheBytes: how many bytes of recent events are kept in memory for consumers that keep up; what falls out is
    ///     read from the log.
    ///   - logger: where a torn end that had to be cut is told.
    ///   - environment: where time is read.
    /// - Throws: `TidingsError` with code `unavailable` where the folder is in use or cannot be read, `corrupt` where
    ///   what was durable is damaged.
    public static func open(
        _ directory: String, options: EmbeddedOptions = EmbeddedOptions(), logger: Logger,
        environment: RuntimeEnvironment = .system
    ) async throws -> EmbeddedEventBus {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try recover(directory, options, logger, environment) })
            }
        }
    }

    private static func recover(
        _ directory: String, _ options: EmbeddedOptions, _ logger: Logger, _ environment: RuntimeEnvironment
    ) throws -> EmbeddedEventBus {
        var recovered = RecoveredState(cacheLimit: options.cacheBytes)
        do {
            var logOptions = LogOptions()
            logOptions.segmentBytes = options.segmentBytes
            // The largest batch, and room for the ids of the queues that each event goes to.
            logOptions.maximumRecordBytes = BusLimits.batchBytes * 2
            let log = try Log.open(
                directory: directory, options: logOptions, onWarning: { logger.warning("\($0)") },
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
        stop(because: TidingsError(.closed, "the bus was closed"))
    }
}

/// How the embedded bus keeps its events.
public struct EmbeddedOptions: Sendable {
    /// The size of a file of the log, 8 KiB to 1 GiB.
    public var segmentBytes = 64 << 20
    /// How many bytes of recent events are kept in memory; older ones are read from the log.
    public var cacheBytes = 64 << 20

    /// The defaults.
    public init() {}
}

// MARK: - For consumers

extension EmbeddedEventBus {
    func take(
        from queue: Int, atMost maximum: Int, for member: UInt64, at now: Timestamp
    ) async throws -> (deliveries: [Delivery], patience: Duration) {
        let (taken, ticket, patience) = try translating {
            try state.withLock { try $0.take(from: queue, atMost: maximum, for: member, at: now, log) }
        }
        guard let ticket else { return ([], patience) }
        try await wait(for: ticket, untilSynced: false)
        return (try await deliver(taken), patience)
    }

    func settle(_ settlements: [Settlement], in queue: Int) throws -> [Receipt] {
        let now = environment.now()
        return try translating { try state.withLock { try $0.settle(settlements, in: queue, at: now, log) } }
    }

    func leave(_ queue: Int, _ member: UInt64) {
        let now = environment.now()
        // Where the log has stopped there is nothing to give back to.
        try? state.withLock { try $0.leave(queue, member, at: now, log) }
    }

    func depth(of queue: Int) throws -> QueueDepth {
        try state.withLock { state in
            try state.checkOpen()
            return state.depth(of: queue)
        }
    }

    /// Makes deliveries of what was taken, reading from the log what is not in memory.
    private func deliver(_ taken: [BrokerState.Taken]) async throws -> [Delivery] {
        guard taken.contains(where: { $0.event == nil }) else {
            return taken.compactMap { item in
                item.event.map { Delivery(receipt: item.receipt, attempt: item.attempt, event: $0.envelope) }
            }
        }
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { [log] in
                continuation.resume(
                    with: Result {
                        do {
                            var reader = RecordReader(log: log)
                            return try taken.map { item in
                                Delivery(
                                    receipt: item.receipt, attempt: item.attempt,
                                    event: try item.event?.envelope ?? reader.event(at: item.place))
                            }
                        } catch {
                            throw TidingsError(bus: error)
                        }
                    })
            }
        }
    }

    /// Reads events, and a record that holds several of them only once.
    private struct RecordReader {
        let log: Log
        private var last: (position: LogPosition, bytes: [UInt8])?

        init(log: Log) {
            self.log = log
        }

        mutating func event(at place: EventTable.Place) throws -> Envelope {
            let bytes = try record(at: place.position)
            let start = Int(place.offset)
            return try Envelope(binary: bytes[start..<start + Int(place.length)])
        }

        private mutating func record(at position: LogPosition) throws -> [UInt8] {
            if let last, last.position == position { return last.bytes }
            let bytes = try log.read(at: position)
            last = (position, bytes)
            return bytes
        }
    }
}

// MARK: - Durability

extension EmbeddedEventBus {
    private func wait(for ticket: LogTicket, untilSynced: Bool) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            do {
                let waits = try state.withLock { try $0.wait(for: ticket, untilSynced: untilSynced, continuation) }
                if !waits { continuation.resume() }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Called on the log's thread.
    private func advance(to progress: LogProgress) {
        let news = state.withLock { $0.advance(to: progress) }
        for (continuation, firstSequence) in news.published { continuation.resume(returning: firstSequence) }
        for continuation in news.reached { continuation.resume() }
        for signal in news.signals { signal.signal() }
        if let failure = progress.failure { stop(because: TidingsError(failure)) }
    }

    private func stop(because reason: TidingsError) {
        let (publishers, waiters) = state.withLock { ($0.stop(because: reason), $0.takeWaiters()) }
        for publisher in publishers { publisher.resume(throwing: reason) }
        for waiter in waiters { waiter.resume(throwing: reason) }
    }

    private func translating<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw TidingsError(bus: error)
        }
    }
}

extension TidingsError {
    /// What the log says, in the words of the bus.
    init(_ error: LogError) {
        switch error.code {
        case .overloaded: self.init(.overloaded, error.message, cause: error.cause)
        case .tooLarge, .invalidOption: self.init(.invalid, error.message, cause: error.cause)
        case .closed: self.init(.closed, error.message, cause: error.cause)
        case .corrupt, .unsupportedFormat, .notFound: self.init(.corrupt, error.message, cause: error.cause)
        default: self.init(.unavailable, error.message, cause: error.cause)
        }
    }

    fileprivate init(bus error: any Error) {
        if let error = error as? TidingsError {
            self = error
        } else if let error = error as? LogError {
            self.init(error)
        } else {
            self.init(.unavailable, "the log cannot be used", cause: error)
        }
    }
}
