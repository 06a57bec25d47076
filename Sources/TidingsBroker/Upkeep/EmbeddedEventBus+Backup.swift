import Tidings
import TidingsLog

extension EmbeddedEventBus {
    /// Copies everything that is durable now into a folder that a bus can be opened on: a backup, made while events
    /// flow.
    ///
    /// It holds a moment of the bus: every event that was published before and is still kept, and each group as it was.
    /// Restoring is opening the copy, or copying it back first. Publishing and consuming go on; only checkpoints and
    /// the removal of old events wait.
    /// - Parameter directory: a folder that is empty or not there yet.
    /// - Throws: `TidingsError` with code `unavailable` where the folder is not empty or the disk refuses; what was
    ///   written by then is no log.
    public func backUp(to directory: String) async throws {
        try await upkeep.alone {
            let checkpoint = try await takeCheckpoint()
            try await blocking { [log, upkeep] in
                try log.copy(to: directory, through: checkpoint.position)
                try CheckpointFolder(directory: directory, fileSystem: upkeep.checkpoints.fileSystem)
                    .write(checkpoint, generation: 1, keeping: nil)
            }
        }
    }
}
