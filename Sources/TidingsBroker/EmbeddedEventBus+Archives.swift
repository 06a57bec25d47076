import Tidings

extension EmbeddedEventBus {
    /// Makes an archive, or changes one; durable when this returns. The same twice changes nothing. Another pattern decides
    /// about what is published from then on.
    /// - Throws: `TidingsError` with code `invalid` for a name or retention out of range, or a name that a queue or consumer
    ///   group has; `overloaded`, `unavailable`, `closed`.
    public func declareArchive(_ archive: EventArchive) async throws { try await engine.declare(archive) }

    /// Removes an archive with all that it keeps; durable when this returns. One that is not there is not an error.
    /// - Throws: `TidingsError` with code `invalid` while a replay reads it.
    public func removeArchive(_ name: String) async throws { try await engine.removeArchive(name) }

    /// The archives, in the order in which they were made.
    public func archives() async throws -> [ArchiveStatus] {
        try engine.read { state in
            try state.checkOpen()
            return state.archives
        }
    }

    // MARK: Replays

    /// Starts a replay; durable when this returns. It runs by itself, and after a restart it goes on where it was.
    ///
    /// Its queues get references to the archived events, each once, and in the order of their publishing; nothing else
    /// gets anything, and archives do not keep them again. An event goes to its place in the queue: where order by key
    /// counts, later events of its key that are out finish first, and those that wait come behind it.
    /// - Throws: `TidingsError` with code `invalid` for values out of range, a name that was used, an archive or queue that
    ///   is not there, and if the archive holds nothing of the range; `overloaded`, `unavailable`, `closed`.
    public func startReplay(_ replay: EventReplay) async throws {
        try replay.validate()
        let first = try await replay.from.asyncMap { try await history.sequence(at: $0) } ?? 0
        let end = try await replay.to.asyncMap { try await history.sequence(at: $0) } ?? .max
        try await engine.start(replay, in: first..<max(first, end))
    }

    /// Cancels a replay; its queues get nothing more of it when this returns, and keep what they got. One that has ended
    /// stays as it is.
    /// - Throws: `TidingsError` with code `invalid` if there is no such replay.
    public func cancelReplay(_ name: String) async throws { try await engine.cancelReplay(name) }

    /// The replays that run, and the last thousand, in the order in which they were started.
    public func replays() async throws -> [ReplayStatus] {
        let now = environment.now()
        return try engine.read { state in
            try state.checkOpen()
            return state.replays(at: now)
        }
    }
}

extension Optional {
    fileprivate func asyncMap<Result>(_ transform: (Wrapped) async throws -> Result) async rethrows -> Result? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
