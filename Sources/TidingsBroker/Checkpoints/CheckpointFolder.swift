import Synchronization
import Tidings
import TidingsLog

/// The checkpoints of a folder: the last two that were written, each in a file of its own.
final class CheckpointFolder: Sendable {
    private static let suffix = ".checkpoint"
    private static let temporarySuffix = ".checkpoint.tmp"

    let directory: String
    let fileSystem: any FileSystem
    private let state = Mutex(State())

    private struct State {
        /// The number of the last checkpoint that was begun.
        var generation: UInt64 = 0
        /// The last two that are good, oldest first: read when this process started, or written by it.
        var good: [(generation: UInt64, position: RecordPosition)] = []
    }

    init(directory: String, fileSystem: any FileSystem) {
        self.directory = directory
        self.fileSystem = fileSystem
    }

    /// The segment with which recovery may begin, by the older of two good checkpoints; nil while there are not two.
    var firstRecoverySegment: UInt64? {
        state.withLock { state in state.good.count < 2 ? nil : state.good.first?.position.segment }
    }

    /// Reads the latest checkpoint that is good, and removes the files of writes that were interrupted. Before any write.
    /// - Parameter onWarning: Called for each checkpoint that cannot be read.
    /// - Throws: `TidingsError` with code `unsupported` if a later version wrote one; `FileError`.
    func recover(onWarning: (String) -> Void) throws -> Checkpoint? {
        for name in try fileSystem.list(directory) where name.hasSuffix(Self.temporarySuffix) {
            try fileSystem.remove(directory + "/" + name)
        }
        let generations = try generations()
        state.withLock { $0.generation = generations.last ?? 0 }
        for generation in generations.reversed() {
            do {
                let checkpoint = try read(generation)
                state.withLock { $0.good = [(generation, checkpoint.position)] }
                return checkpoint
            } catch let error as TidingsError where error.code == .unsupported {
                throw error
            } catch {
                onWarning("\(error) The checkpoint before it is used, or the whole log is read.")
            }
        }
        return nil
    }

    /// Writes a checkpoint, durable with its name, and then removes all others but the last good one. One at a time.
    func write(_ checkpoint: Checkpoint) throws(FileError) {
        let (generation, kept) = state.withLock { state in
            state.generation += 1
            return (state.generation, state.good.last?.generation)
        }
        let temporary = directory + "/\(Self.name(generation))\(Self.temporarySuffix)"
        let file = try fileSystem.open(temporary, .create)
        let bytes = checkpoint.encoded()
        do throws(FileError) {
            try file.write(bytes.span.bytes, at: 0)
            try file.synchronize()
            try fileSystem.rename(temporary, to: path(generation))
        } catch {
            // An incomplete file must not take room on a disk that may be full.
            try? fileSystem.remove(temporary)
            throw error
        }
        try fileSystem.synchronizeDirectory(directory)
        for old in try generations() where old != generation && old != kept { try fileSystem.remove(path(old)) }
        state.withLock { $0.good = $0.good.suffix(1) + [(generation, checkpoint.position)] }
    }

    /// The newest that is good; nil if there is none.
    func newest() throws -> Checkpoint? {
        try state.withLock { $0.good.last?.generation }.map { try read($0) }
    }

    private func read(_ generation: UInt64) throws -> Checkpoint {
        let file = try fileSystem.open(path(generation), .read)
        var bytes = [UInt8](repeating: 0, count: try file.size())
        var span = bytes.mutableSpan
        var buffer = span.mutableBytes
        let count = try file.read(into: &buffer, at: 0)
        return try Checkpoint(Array(bytes.prefix(count)), file: file.path)
    }

    private func generations() throws(FileError) -> [UInt64] {
        try fileSystem.list(directory).compactMap { name in
            name.hasSuffix(Self.suffix) ? UInt64(name.dropLast(Self.suffix.count)) : nil
        }.sorted()
    }

    private func path(_ generation: UInt64) -> String { directory + "/\(Self.name(generation))\(Self.suffix)" }

    private static func name(_ generation: UInt64) -> String {
        let digits = String(generation)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    }
}
