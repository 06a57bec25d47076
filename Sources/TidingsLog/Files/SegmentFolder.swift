/// The folder of one log, in terms of segments.
struct SegmentFolder: Sendable {
    let directory: String
    let fileSystem: any FileSystem

    func path(of number: UInt64) -> String { path(SegmentName.file(number)) }

    func path(_ name: String) -> String { directory + "/" + name }

    func open(_ number: UInt64, _ access: FileAccess) throws(LogError) -> any LogFile {
        do {
            return try fileSystem.open(path(of: number), access)
        } catch {
            throw LogError(error)
        }
    }

    /// The numbers of the segments in order, with none missing.
    func segments() throws(LogError) -> [UInt64] {
        let numbers = try names().compactMap(SegmentName.number(of:)).sorted()
        // Nothing removes segments yet, so a log begins with its first.
        for (expected, number) in zip(UInt64(1)..., numbers) where number != expected {
            throw LogError(
                .corrupt,
                "\(path(of: expected)) is missing, though \(path(of: number)) is there. Nothing was changed. "
                    + "Put the file back, or restore the folder from a backup.")
        }
        return numbers
    }

    /// Removes what an interrupted creation left.
    func removeTemporaries() throws(LogError) {
        let leftovers = try names().filter(SegmentName.isTemporary)
        do {
            for name in leftovers { try fileSystem.remove(path(name)) }
            // Also makes durable the name of a segment whose creation stopped just before that.
            try fileSystem.synchronizeDirectory(directory)
        } catch {
            throw LogError(error)
        }
    }

    /// Makes a segment, durable with its name and its room on the disk, in place of one that had the number.
    func create(_ header: SegmentHeader) throws(LogError) -> any LogFile {
        do {
            let temporary = path(SegmentName.temporary(header.number))
            let file = try fileSystem.open(temporary, .create)
            try file.allocate(header.segmentBytes)
            try file.write(header.encoded().span.bytes, at: 0)
            try file.synchronize()
            try fileSystem.rename(temporary, to: path(of: header.number))
            try fileSystem.synchronizeDirectory(directory)
            return try fileSystem.open(path(of: header.number), .update)
        } catch {
            throw LogError(error)
        }
    }

    /// Takes the folder for this process.
    func lock() throws(LogError) -> any LogFile {
        let outcome: FileLock
        do {
            outcome = try fileSystem.lock(path("lock"))
        } catch {
            throw LogError(error)
        }
        switch outcome {
        case .acquired(let lock): return lock
        case .held(let owner):
            throw LogError(
                .locked,
                "The folder \(directory) is in use by process \(owner.isEmpty ? "(unknown)" : owner). "
                    + "One process at a time works on a folder: stop that one, or choose another folder. "
                    + "A daemon for several processes is planned, and not in this version.")
        }
    }

    private func names() throws(LogError) -> [String] {
        do {
            return try fileSystem.list(directory)
        } catch {
            throw LogError(error)
        }
    }
}
