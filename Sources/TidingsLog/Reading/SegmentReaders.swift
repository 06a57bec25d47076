import Synchronization

/// Reads records by position, with the segments' files kept open between reads.
final class SegmentReaders: Sendable {
    private let folder: SegmentFolder
    private let files = Mutex<[UInt64: any LogFile]>([:])

    /// How many files stay open; a process has a thousand or so in all.
    private static let limit = 64
    /// What is read at first, which is enough for most records.
    private static let firstRead = 4096

    init(folder: SegmentFolder) {
        self.folder = folder
    }

    /// The payload of the record that stands at a position.
    func read(_ position: LogPosition) throws(LogError) -> [UInt8] {
        let file = try file(position.segment)
        let offset = Int(position.offset)
        let bytes = try read(file, offset, Self.firstRead)
        guard bytes.count >= Frame.headerBytes else { throw .notFound(position) }
        guard let frame = Frame(header: bytes.span.bytes) else {
            if bytes.span.bytes.extracting(0..<Frame.headerBytes).lastNonzero() == nil { throw .notFound(position) }
            throw .damage(file.path, at: offset, "what stands there is no record")
        }
        if frame.byteCount <= bytes.count {
            return try payload(frame, bytes, position, file.path)
        }
        // The length has not been checked yet: no memory for more than the file holds.
        guard try frame.byteCount <= size(of: file) - offset else {
            throw .damage(file.path, at: offset, "the record there is longer than the file")
        }
        return try payload(frame, read(file, offset, frame.byteCount), position, file.path)
    }

    func closeAll() { files.withLock { $0 = [:] } }

    private func payload(
        _ frame: Frame, _ bytes: ContiguousArray<UInt8>, _ position: LogPosition, _ path: String
    ) throws(LogError) -> [UInt8] {
        let offset = Int(position.offset)
        guard frame.byteCount <= bytes.count,
            Frame.checks(bytes.span.bytes.extracting(0..<frame.byteCount), segment: position.segment, offset: offset)
        else {
            throw .damage(path, at: offset, "the record there does not check")
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

    private func file(_ segment: UInt64) throws(LogError) -> any LogFile {
        if let file = files.withLock({ $0[segment] }) { return file }
        let file = try folder.open(segment, .read)
        files.withLock { files in
            if files.count >= Self.limit, let other = files.keys.first { files[other] = nil }
            files[segment] = file
        }
        return file
    }
}

extension LogError {
    static func notFound(_ position: LogPosition) -> LogError {
        LogError(.notFound, "No written record stands at \(position). Ask only for positions that appends gave out.")
    }
}
