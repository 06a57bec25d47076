import Synchronization
import Tidings
import TidingsLog
import TidingsRouting

/// The writers of the event logs of a bus, and where their files are.
final class EventLogWriters: Sendable {
    private let directory: String
    private let fileSystem: any FileSystem
    private let fileBytes: Int
    private let state = Mutex(State())

    private struct State {
        var writers: [ByteText: EventLogWriter] = [:]
        var isClosed = false
    }

    init(besideLogIn directory: String, _ fileSystem: any FileSystem, fileBytes: Int) {
        self.directory = directory + "/logs"
        self.fileSystem = fileSystem
        self.fileBytes = fileBytes
    }

    /// The folder of an event log.
    func directory(of log: String) -> String { directory + "/" + log }

    /// The writer of an event log, which is made if there is none. It does nothing once the bus closes.
    func writer(of log: String) -> EventLogWriter {
        state.withLock { state in
            if let known = state.writers[ByteText(log)] { return known }
            let writer = EventLogWriter(log, directory: directory(of: log))
            if state.isClosed { writer.endForGood() }
            state.writers[ByteText(log)] = writer
            return writer
        }
    }

    /// The event log of a writer was forgotten.
    func remove(_ writer: EventLogWriter) {
        state.withLock { state in
            if state.writers[ByteText(writer.name)] === writer { state.writers[ByteText(writer.name)] = nil }
        }
    }

    /// No writer is made any more that would do something.
    /// - Returns: Those that are to be stopped, by name.
    func close() -> [EventLogWriter] {
        let writers = state.withLock { state in
            state.isClosed = true
            return Array(state.writers.values)
        }
        return writers.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Opens the files of an event log. Blocks on the disk.
    func open(_ log: String, from sequence: UInt64?) throws(FileError) -> EventLogFolder {
        try EventLogFolder(directory(of: log), fileSystem, fileBytes: fileBytes, from: sequence)
    }
}
