import Dispatch
public import Logging
public import Tidings
package import TidingsLog

extension EmbeddedEventBus {
    /// Opens a folder, making it where it is new, and recovers what it holds.
    ///
    /// - Parameters:
    ///   - directory: the folder.
    ///   - options: how large the files of the log are, what stays in memory, and how long events stay on the disk.
    ///   - logger: where a torn end that had to be cut is told, and whatever goes wrong behind the scenes.
    ///   - environment: where time is read.
    /// - Throws: `TidingsError` with code `unavailable` where the folder is in use, cannot be read or finds no room,
    ///   `corrupt` where what was durable is damaged, `unsupported` where a later version wrote the checkpoint.
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
                continuation.resume(
                    with: Result {
                        do {
                            return try recover(directory, options, logger, environment, fileSystem)
                        } catch {
                            throw TidingsError(bus: error)
                        }
                    })
            }
        }
    }

    private static func recover(
        _ directory: String, _ options: EmbeddedOptions, _ logger: Logger, _ environment: RuntimeEnvironment,
        _ fileSystem: any FileSystem
    ) throws -> EmbeddedEventBus {
        var logOptions = LogOptions()
        logOptions.segmentBytes = options.segmentBytes
        // The largest batch, all of whose events go to every group that there may be.
        logOptions.maximumRecordBytes =
            BusLimits.batchBytes
            + PublishLayout.overhead(events: BusLimits.batchCount, queues: DurableState.groupLimit)
        let checkpoints = CheckpointFolder(directory: directory, fileSystem: fileSystem)
        var durable = DurableState()
        var found: (generation: UInt64, checkpoint: Checkpoint)?
        let warn = { (warning: String) in logger.warning("\(warning)") }
        let log = try Log.open(
            directory: directory, options: logOptions, fileSystem: fileSystem,
            from: {
                try checkpoints.removeTemporaries()
                found = try checkpoints.latest(onWarning: warn)
                if let found { durable = found.checkpoint.state }
                return found?.checkpoint.position
            },
            onWarning: warn,
            replay: { position, payload in
                try durable.apply(BrokerRecord(payload), at: position)
            })
        let segments = log.segments
        durable.forgetSegments(before: segments.first?.number ?? 1)
        let historyStart = segments.last { $0.isCompacted }.map { $0.number + 1 } ?? 1
        let duplicates = try DuplicateWindow(
            of: log, from: found?.checkpoint.duplicatesFrom, next: durable.nextSequence, at: environment.now())
        let upkeep = Upkeep(
            log: log, checkpoints: checkpoints, generation: try checkpoints.lastGeneration(),
            recovered: found, options: options, logger: logger)
        let bus = EmbeddedEventBus(
            log: log,
            state: BrokerState(durable, duplicates, historyStart: historyStart, options),
            upkeep: upkeep, options: options, environment: environment, logger: logger)
        bus.removeStaleIndexes()
        log.start { [weak bus] progress in bus?.advance(to: progress) }
        upkeep.lookForAge(of: bus, at: environment.now())
        for queue in durable.queues.indices where durable.queues[queue]?.backfill != nil { bus.fillBack(queue) }
        return bus
    }
}

extension DuplicateWindow {
    /// What a log holds of the last minutes.
    /// - Parameter start: the record to begin with, or nothing to begin with the first.
    init(of log: Log, from start: LogPosition?, next: UInt64, at now: Timestamp) throws {
        var window: DuplicateWindow?
        _ = try log.scan(from: start ?? LogPosition(segment: 1, offset: 0)) { _, record in
            try PublishLayout.forEachEvent(in: record) { entry in
                // Compaction leaves gaps; what is before one is too old to matter.
                if window?.next != entry.sequence { window = DuplicateWindow(next: entry.sequence) }
                window?.append(EventIdentity(envelope: record.extracting(entry.envelope)), at: entry.time)
                window?.expire(at: entry.time)
                return true
            }
            return true
        }
        if let window, window.next == next { self = window } else { self = DuplicateWindow(next: next) }
        expire(at: now)
    }
}
