import Synchronization
package import TidingsLog

/// A file system in memory, of a machine whose power can be cut, whose disk can be full and whose calls can fail.
///
/// What was written is seen at once and durable only after a sync: of the file for its pages and size, of the folder
/// for its names. Paths begin at the root, which is there; relative ones do as well. Any thread may use it.
package final class SimulatedFileSystem: FileSystem {
    let machine: SimulatedMachine
    let process: Int

    /// An empty machine with room without end.
    package convenience init() { self.init(SimulatedMachine(SimulatedDisk()), process: 1) }

    init(_ machine: SimulatedMachine, process: Int) {
        self.machine = machine
        self.process = process
    }

    /// Makes one folder; a boundary for the power cut only if it was not there.
    package func makeDirectory(_ path: String) throws(FileError) -> Bool {
        try machine.disk.withLock { disk throws(FileError) in try disk.makeDirectory(EntryPath(path), process) }
    }

    /// The names in a folder.
    package func list(_ directory: String) throws(FileError) -> [String] {
        try machine.disk.withLock { disk throws(FileError) in try disk.list(EntryPath(directory), process) }
    }

    /// Opens a file.
    package func open(_ path: String, _ access: FileAccess) throws(FileError) -> any LogFile {
        try SimulatedFile(machine, path, access, process)
    }

    /// Gives a file another name; what had it stays what it was for those who have it open.
    package func rename(_ path: String, to newPath: String) throws(FileError) {
        try machine.disk.withLock { disk throws(FileError) in
            try disk.rename(EntryPath(path), to: EntryPath(newPath), process)
        }
    }

    /// Removes a file; it stays what it was for those who have it open.
    package func remove(_ path: String) throws(FileError) {
        try machine.disk.withLock { disk throws(FileError) in try disk.remove(EntryPath(path), process) }
    }

    /// Makes the names in a folder durable; a rename between two folders as a whole.
    package func synchronizeDirectory(_ path: String) throws(FileError) {
        try machine.disk.withLock { disk throws(FileError) in try disk.synchronizeDirectory(EntryPath(path), process) }
    }

    /// Takes the lock and writes the number of the simulated process, the first of which is 1, into the file.
    package func lock(_ path: String) throws(FileError) -> FileLock {
        let (handle, owner) = try machine.disk.withLock { disk throws(FileError) in
            try disk.lock(EntryPath(path), process)
        }
        let file = SimulatedFile(machine, path, handle, process)
        return owner.map { .held(by: $0) } ?? .acquired(file)
    }
}
