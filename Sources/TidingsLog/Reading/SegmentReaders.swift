import Synchronization

/// Reads records by position, with the segments' files kept open between reads.
final class SegmentReaders: Sendable {
    private let folder: SegmentFolder
    private let catalog: SegmentCatalog
    private let files = Mutex<[UInt64: any LogFile]>([:])

    /// How many files stay open; a process has a thousand or so in all.
    private static let limit = 64
    /// What is read at first, which is enough for most records.
    private static let firstRead = 4096

    init(folder: SegmentFolder, catalog: SegmentCatalog) {
        self.folder = folder
        self.catalog = catalog
    }

    /// The payload of the record that stands at a position.
    func read(_ position: LogPosition) throws(LogError) -> [UInt8] {
        guard let file = try file(position.segment) else { throw .notFound(position) }
        let offset = Int(position.offset)
        let bytes = try read(file, offset, Self.firstRead)
        guard bytes.count >= Frame.headerBytes else { throw .notFound(position) }
        guard let frame = Frame(header: bytes.span.bytes) else {
            if bytes.span.bytes.extracting(0..<Frame.headerBytes).lastNonzero() == nil { throw .notFound(position) }
            throw .damage(file.path, at: offset, "there is no record there")
        }
        if frame.storedBytes <= bytes.count {
            return try payload(frame, bytes, position, file.path)
        }
        // The length has not been checked yet: no memory for more than the file holds.
        guard try frame.byteCount <= size(of: file) - offset else {
            throw .damage(file.path, at: offset, "the record there is longer than the file")
        }
        return try payload(frame, read(file, offset, frame.storedBytes), position, file.path)
    }

    /// Lets go of the file of a segment that was removed or replaced.
    func forget(_ segment: UInt64) { files.withLock { $0[segment] = nil } }

    func closeAll() { files.withLock { $0 = [:] } }

    private func payload(
        _ frame: Frame, _ bytes: ContiguousArray<UInt8>, _ position: LogPosition, _ path: String
    ) throws(LogError) -> [UInt8] {
        let offset = Int(position.offset)
        guard frame.storedBytes <= bytes.count,
            Frame.checks(bytes.span.bytes.extracting(0..<frame.storedBytes), segment: position.segment, offset: offset)
        else {
            throw .damage(path, at: offset, "the checksum of the record there is wrong")
        }
        guard frame.kind == .record else { throw .notFound(position) }
        return Array(bytes[Frame.headerBytes..<Frame.headerBytes + frame.payloadBytes])
    }

    private func read(_ file: any LogFile, _ offset: Int, _ count: Int) throws(LogError) -> ContiguousArray<UInt8> {
        var bytes = ContiguousArray<UInt8>(repeating: 0, count: count)
        do {
            var span = bytes.mutableSpan
            var buffer = span.mutableBytes
            let read = try file.read(into: &buffer, at: offset)
            if read < count { bytes.removeLast(count - read) }
            return bytes
        } catch {
            throw LogError(error)
        }
    }

    private func size(of file: any LogFile) throws(LogError) -> Int {
        do {
            return try file.size()
        } catch {
            throw LogError(error)
        }
    }

    /// The file of a segment, or `nil` when it was removed.
    private func file(_ segment: UInt64) throws(LogError) -> (any LogFile)? {
        if let file = files.withLock({ $0[segment] }) { return file }
        let revision = catalog.revision(of: segment)
        guard let file = try folder.openUnlessMissing(segment) else {
            if segment < catalog.range.lowerBound { return nil }
            throw .missing(folder.path(of: segment))
        }
        files.withLock { files in
            // A file that was replaced or removed since it was opened serves this read, and is then let go.
            guard revision != nil, catalog.revision(of: segment) == revision else { return }
            if files.count >= Self.limit, let other = files.keys.first { files[other] = nil }
            files[segment] = file
        }
        return file
    }
}

extension LogError {
    static func notFound(_ position: LogPosition) -> LogError {
        LogError(.notFound, "There is no written record at \(position). It may have been dropped or removed.")
    }

    /// A segment's file that should be there.
    static func missing(_ path: String) -> LogError {
        LogError(
            .corrupt, "\(path) is missing. Put the file back, or restore the folder from a backup.")
    }
}
