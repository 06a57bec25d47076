extension SimulatedFileSystem {
    /// What becomes of unsynced pages, sizes and names when the power goes. What was synced is always there.
    package enum Survival: Sendable {
        /// None of them.
        case nothing
        /// All of them.
        case everything
        /// So many of them, in the order in which they were made.
        case first(changes: Int)
        /// This part of them, from 0 to 1, in the order in which they were made.
        case prefix(fraction: Double)
        /// Each page in one of the states it went through since the last sync, each size and each name on its own.
        case random(seed: UInt64)
        /// As `random`, but each 512-byte sector on its own.
        case torn(seed: UInt64)
    }
}
