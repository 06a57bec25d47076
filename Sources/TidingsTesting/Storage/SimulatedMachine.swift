import Synchronization

/// A simulated machine, shared by all views of its file system and all open files.
final class SimulatedMachine: Sendable {
    let disk: Mutex<SimulatedDisk>

    init(_ disk: SimulatedDisk) {
        self.disk = Mutex(disk)
    }
}
