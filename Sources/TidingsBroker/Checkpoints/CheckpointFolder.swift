import Tidings
import TidingsLog

/// The checkpoints of a folder: the last two that were written, each from a file of its own.
struct CheckpointFolder: Sendable {
    private static let suffix = ".checkpoint"
    private static let temporarySuffix = ".checkpoint.tmp"

    let directory: String
    let fileSystem: any FileSystem

    /// The latest checkpoint that can be read.
    /// - Parameter onWarning: told of those that cannot.
    /// - Throws: `TidingsError` with code `unsupported` where a later version wrote one; `FileError`.
    func latest(onWarning: (String) -> Void) throws -> (generation: UInt64, checkpoint: Checkpoint)? {
        for generation in try generations().reversed() {
            do {
                return (generation, try read(generation))
            } catch let error as TidingsError where error.code == .unsupported {
                throw error
            } catch {
                onWarning("\(error) The checkpoint before it is used, or the whole log is read.")
            }
        }
        return nil
    }

    /// The number of the last checkpoint that there is, readable or not; 0 where there is none.
    func lastGeneration() throws -> UInt64 { try generations().last ?? 0 }

    /// Writes a checkpoint, durable with its name, and removes those before it but one.
    ///
    /// Whatever happens in the middle, those before it stay as they were.
    /// - Parameter kept: The generation before it that is known to be good.
    func write(_ checkpoint: Checkpoint, generation: UInt64, keeping kept: UInt64?) throws(FileError) {
        let temporary = directory + "/\(Self.name(generation))\(Self.temporarySuffix)"
        let file = try fileSystem.open(temporary, .create)
        let bytes = checkpoint.encoded()
        do throws(FileError) {
            try file.write(bytes.span.bytes, at: 0)
            try file.synchronize()
            try fileSystem.rename(temporary, to: path(generation))
        } catch {
            // What is not complete must not keep its room on a disk that may be full.
            try? fileSystem.remove(temporary)
            throw error
        }
        try fileSystem.synchronizeDirectory(directory)
        for old in try generations() where old != generation && old != kept { try fileSystem.remove(path(old)) }
    }

    /// Removes what an interrupted writing left.
    func removeTemporaries() throws(FileError) {
        for name in try fileSystem.list(directory) where name.hasSuffix(Self.temporarySuffix) {
            try fileSystem.remove(directory + "/" + name)
        }
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
