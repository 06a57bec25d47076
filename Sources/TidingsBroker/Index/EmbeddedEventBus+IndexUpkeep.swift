import Tidings
import TidingsLog

extension EmbeddedEventBus {
    /// How many indexes a round builds at most: more than are sealed from one to the next, and few enough to wait for.
    private static let indexesPerRound = 8

    package var eventIndex: EventIndex {
        EventIndex(log, directory: upkeep.checkpoints.directory, fileSystem: upkeep.checkpoints.fileSystem)
    }

    /// Builds what indexes there are not yet, and removes those of segments that are gone; only for who is alone.
    ///
    /// What goes wrong is a warning: a look-up reads the segment instead.
    func keepIndexes() async {
        do {
            let missing = try await blocking { [eventIndex] in try eventIndex.removeStale() }
            await buildIndexes(of: missing.prefix(Self.indexesPerRound))
        } catch {
            warn(ofIndexes: error)
        }
    }

    /// Removes the indexes of segments that went while nobody looked. Blocks on the disk; only for who opens the bus.
    func removeStaleIndexes() {
        do {
            try eventIndex.removeStale()
        } catch {
            warn(ofIndexes: error)
        }
    }

    /// Builds indexes, unless they are there, or the disk has no room to spare; only for who is alone.
    func buildIndexes(of segments: some Sequence<UInt64>) async {
        for segment in segments {
            guard !log.isFull else { return }
            do {
                try await blocking { [eventIndex] in try eventIndex.build(segment) }
            } catch {
                warn(ofIndexes: error)
            }
        }
    }

    private func warn(ofIndexes error: any Error) {
        if let error = error as? TidingsError, error.code == .closed { return }
        upkeep.warn("an index of the log was not written; look-ups read the log meanwhile: \(error)")
    }
}
