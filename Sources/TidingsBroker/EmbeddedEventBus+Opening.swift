public import Logging
public import Tidings
package import TidingsLog

extension EmbeddedEventBus {
    /// Opens a folder, which is created if it does not exist, and recovers what it holds.
    ///
    /// - Parameters:
    ///   - directory: The folder.
    ///   - options: How large the files of the log are, what stays in memory, and how long events stay on the disk.
    ///   - logger: Gets a warning if a torn end of the log had to be cut, for errors of maintenance, and when an alarm is
    ///     raised.
    ///   - environment: The clock.
    /// - Throws: `TidingsError` with code `unavailable` if the folder is in use, cannot be read or has no room,
    ///   `corrupt` if what was durable is damaged, `unsupported` if a later version wrote the checkpoint.
    public static func open(
        _ directory: String, options: EmbeddedOptions = EmbeddedOptions(), logger: Logger,
        environment: RuntimeEnvironment = .system
    ) async throws -> EmbeddedEventBus {
        try await open(
            directory, options: options, logger: logger, environment: environment, fileSystem: POSIXFileSystem())
    }

    /// Opens a folder of a file system other than the machine's.
    package static func open(
        _ directory: String, options: EmbeddedOptions, logger: Logger, environment: RuntimeEnvironment,
        fileSystem: any FileSystem
    ) async throws -> EmbeddedEventBus {
        try options.validate()
        let executor = try TidingsError.translating { try BlockingExecutor() }
        // One for the log and the checkpoints, so that one place knows what waits.
        let fileSystem = RetryingFileSystem(fileSystem)
        return try await executor.run {
            try recover(directory, options, logger, environment, fileSystem, executor)
        }
    }

    private static func recover(
        _ directory: String, _ options: EmbeddedOptions, _ logger: Logger, _ environment: RuntimeEnvironment,
        _ fileSystem: any FileSystem, _ executor: BlockingExecutor
    ) throws -> EmbeddedEventBus {
        var logOptions = LogOptions()
        logOptions.segmentBytes = options.segmentBytes
        // The largest batch, each event of which goes to every group.
        logOptions.maximumRecordBytes =
            BusLimits.batchBytes
            + PublishLayout.overhead(events: BusLimits.batchCount, groups: DurableState.groupLimit)
        let checkpoints = CheckpointFolder(directory: directory, fileSystem: fileSystem)
        var durable = DurableState()
        var found: Checkpoint?
        let warn = { (warning: String) in logger.warning("\(warning)") }
        let log = try Log.open(
            directory: directory, options: logOptions, fileSystem: fileSystem,
            from: {
                found = try checkpoints.recover(onWarning: warn)
                if let found { durable = found.state }
                return (found?.position).map { LogPosition($0) }
            },
            onWarning: warn,
            replay: { position, payload in
                try durable.apply(BrokerRecord(payload), at: RecordPosition(position))
            })
        let segments = log.segments
        durable.forgetSegments(before: segments.first?.number ?? 1)
        let historyStart = segments.last { $0.isCompacted }.map { $0.number + 1 } ?? 1
        let clock = SteadyClock(environment.time)
        let key = EventIdentity.Key(environment)
        let duplicates = try DuplicateWindow(
            of: log, from: found?.duplicatesFrom, next: durable.nextSequence, at: clock.start, key)
        let state = BrokerState(durable, duplicates, historyStart: historyStart, options, at: clock.start)
        if let alarm = state.alarmOfTimes(at: clock.start) { warn(alarm) }
        let engine = BrokerEngine(
            log: log, state: state, executor: executor,
            eventLogs: EventLogWriters(besideLogIn: directory, fileSystem, fileBytes: options.eventLogFileBytes),
            options: options, environment: environment, clock: clock, identityKey: key)
        let maintenance = Maintenance(
            engine, checkpoints, schedule: MaintenanceSchedule(options, lastCheckpoint: found?.position),
            options: options, logger: logger)
        try engine.restoreLeases()
        maintenance.removeStaleIndexes()
        maintenance.start()
        log.start { [weak engine, weak maintenance] progress in
            engine?.advance(to: progress)
            maintenance?.logAdvanced(isStalled: progress.isStalled, at: environment.now())
        }
        maintenance.checkAge(at: environment.now())
        try engine.start()
        let alarmWatch = AlarmWatch(engine, logger: logger)
        alarmWatch.start()
        return EmbeddedEventBus(engine, maintenance, alarmWatch, options: options)
    }
}
