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

    /// Opens a segment to read, if its file is there.
    func openUnlessMissing(_ number: UInt64) throws(LogError) -> (any LogFile)? {
        do {
            return try fileSystem.open(path(of: number), .read)
        } catch {
            if error.isMissing { return nil }
            throw LogError(error)
        }
    }

    /// The numbers of the segments in order, with none missing between them.
    func segments() throws(LogError) -> [UInt64] {
        let numbers = try names().compactMap(SegmentName.number(of:)).sorted()
        guard let first = numbers.first else { return [] }
        for (expected, number) in zip(first..., numbers) where number != expected {
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
        try replace(header.number) { file throws(LogError) in
            try LogError.wrapping { () throws(FileError) in
                try file.allocate(header.segmentBytes)
                try file.write(header.encoded().span.bytes, at: 0)
            }
        }
        return try open(header.number, .update)
    }

    /// Writes a segment's file under another name and gives it its own once it is durable, in place of one that had it.
    ///
    /// When the content cannot be completed, what was there before is left as it was.
    func replace(_ number: UInt64, with write: (any LogFile) throws(LogError) -> Void) throws(LogError) {
        let file = try beginReplacing(number)
        do throws(LogError) {
            try write(file)
        } catch {
            try abandonReplacing(number)
            throw error
        }
        try finishReplacing(number, with: file)
    }

    /// Makes an empty file that is to become that of a segment.
    func beginReplacing(_ number: UInt64) throws(LogError) -> any LogFile {
        try LogError.wrapping { () throws(FileError) in
            try fileSystem.open(path(SegmentName.temporary(number)), .create)
        }
    }

    /// Gives the file that was begun the name of the segment, durably.
    func finishReplacing(_ number: UInt64, with file: any LogFile) throws(LogError) {
        do throws(FileError) {
            try file.synchronize()
            try fileSystem.rename(path(SegmentName.temporary(number)), to: path(of: number))
        } catch {
            try abandonReplacing(number)
            throw LogError(error)
        }
        try synchronizeNames()
    }

    /// Removes the file that was begun: what is not complete must not keep its room on a disk that may be full.
    func abandonReplacing(_ number: UInt64) throws(LogError) {
        try LogError.wrapping { () throws(FileError) in try fileSystem.remove(path(SegmentName.temporary(number))) }
    }

    /// Removes a segment's file; durable after ``synchronizeNames()``.
    func remove(_ number: UInt64) throws(LogError) {
        try LogError.wrapping { () throws(FileError) in try fileSystem.remove(path(of: number)) }
    }

    /// Makes durable which files there are and what they are called.
    func synchronizeNames() throws(LogError) {
        do {
            try fileSystem.synchronizeDirectory(directory)
        } catch {
            throw LogError(stopping: error)
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
                    + "One process at a time may open a folder: stop that one, or choose another folder. "
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
