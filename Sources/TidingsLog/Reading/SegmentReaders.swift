import Synchronization

/// Reads records by position, with the segments' files kept open between reads.
final class SegmentReaders: Sendable {
    private let folder: SegmentFolder
    private let catalog: SegmentCatalog
    private let state = Mutex(State())

    /// How many files stay open; a process has a thousand or so in all.
    private static let limit = 64
    /// How many stretches of records are known at most: 8 bytes each.
    private static let stretchLimit = 1 << 20
    /// What is read at first of a segment that was not compacted, which is enough for most records.
    private static let firstRead = 4096

    /// A segment that is open.
    private struct Reader: Sendable {
        let file: any LogFile
        let form: Form
    }

    /// How the file of a segment is to be read. Known for longer than the file is open.
    private struct Form: Sendable {
        /// The size of the file, which tells it from those that compaction replaced by it or put in its place.
        let size: Int
        /// Where its records stand, if it was compacted.
        let index: DenseIndex?

        var stretchCount: Int { index?.stretches.count ?? 1 }
    }

    private struct State {
        var readers: [UInt64: Reader] = [:]
        var forms: [UInt64: Form] = [:]
        var stretchCount = 0

        mutating func keep(_ form: Form, of segment: UInt64) {
            forget(segment)
            if stretchCount + form.stretchCount > stretchLimit {
                forms = [:]
                stretchCount = 0
            }
            forms[segment] = form
            stretchCount += form.stretchCount
        }

        mutating func forget(_ segment: UInt64) {
            readers[segment] = nil
            if let form = forms.removeValue(forKey: segment) { stretchCount -= form.stretchCount }
        }
    }

    init(folder: SegmentFolder, catalog: SegmentCatalog) {
        self.folder = folder
        self.catalog = catalog
    }

    /// The payload of the record that stands at a position.
    func read(_ position: LogPosition) throws(LogError) -> [UInt8] {
        guard let reader = try reader(position.segment) else { throw .notFound(position) }
        if let index = reader.form.index { return try read(position, in: reader.file, index) }
        let (file, offset) = (reader.file, Int(position.offset))
        let bytes = try read(file, offset, Self.firstRead)
        guard bytes.count >= Frame.headerBytes else { throw .notFound(position) }
        guard let frame = Frame(header: bytes.span.bytes) else {
            if bytes.span.bytes.extracting(0..<Frame.headerBytes).lastNonzero() == nil { throw .notFound(position) }
            throw .damage(file.path, at: offset, "there is no record there")
        }
        if frame.byteCount <= bytes.count {
            return try payload(frame, bytes, position, file.path)
        }
        // The length has not been checked yet: no memory for more than the file holds.
        guard frame.byteCount <= reader.form.size - offset else {
            throw .damage(file.path, at: offset, "the record there is longer than the file")
        }
        return try payload(frame, read(file, offset, frame.byteCount), position, file.path)
    }

    /// Lets go of the file of a segment that was removed or replaced.
    func forget(_ segment: UInt64) { state.withLock { $0.forget(segment) } }

    func closeAll() { state.withLock { $0 = State() } }

    private func payload(
        _ frame: Frame, _ bytes: ContiguousArray<UInt8>, _ position: LogPosition, _ path: String
    ) throws(LogError) -> [UInt8] {
        let offset = Int(position.offset)
        guard frame.byteCount <= bytes.count,
            Frame.checks(bytes.span.bytes.extracting(0..<frame.byteCount), segment: position.segment, offset: offset)
        else {
            throw .damage(path, at: offset, "the checksum of the record there is wrong")
        }
        guard frame.kind == .record else { throw .notFound(position) }
        return Array(bytes[Frame.headerBytes..<Frame.headerBytes + frame.payloadBytes])
    }

    /// Reads the stretch of a compacted segment in which the record would be, and finds it there.
    private func read(
        _ position: LogPosition, in file: any LogFile, _ index: DenseIndex
    ) throws(LogError) -> [UInt8] {
        guard let stretch = index.stretch(holding: Int(position.offset)) else { throw .notFound(position) }
        let bytes = try read(file, stretch.lowerBound, stretch.count)
        var start = 0
        while start < bytes.count {
            let place = stretch.lowerBound + start
            let rest = bytes.span.bytes.extracting(droppingFirst: start)
            guard rest.byteCount >= Frame.headerBytes, let frame = Frame(header: rest), frame.kind == .kept,
                frame.byteCount <= rest.byteCount, frame.payloadBytes >= Frame.originBytes,
                Frame.checks(rest.extracting(0..<frame.byteCount), segment: position.segment, offset: place)
            else { throw .damage(file.path, at: place, "the checksum of the record there is wrong") }
            let origin = rest.number(at: Frame.headerBytes, as: UInt32.self)
            if origin == position.offset {
                let payload = start + Frame.headerBytes + Frame.originBytes
                return Array(bytes[payload..<start + Frame.headerBytes + frame.payloadBytes])
            }
            if origin > position.offset { break }
            start += frame.byteCount
        }
        // Fewer than there should be would be a stretch that the file has lost.
        guard bytes.count == stretch.count else { throw .damage(file.path, at: stretch.lowerBound, "it is too short") }
        throw .notFound(position)
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

    /// The file of a segment, or `nil` when it was removed.
    private func reader(_ segment: UInt64) throws(LogError) -> Reader? {
        if let reader = state.withLock({ $0.readers[segment] }) { return reader }
        let revision = catalog.revision(of: segment)
        guard let file = try folder.openUnlessMissing(segment) else {
            if segment < catalog.range.lowerBound { return nil }
            throw .missing(folder.path(of: segment))
        }
        let reader = Reader(file: file, form: try form(of: file, segment))
        state.withLock { state in
            // A file that was replaced or removed since it was opened serves this read, and is then let go.
            guard revision != nil, catalog.revision(of: segment) == revision else { return }
            if state.forms[segment]?.size != reader.form.size { state.keep(reader.form, of: segment) }
            if state.readers.count >= Self.limit, let other = state.readers.keys.first { state.readers[other] = nil }
            state.readers[segment] = reader
        }
        return reader
    }

    /// How to read a file that was just opened.
    private func form(of file: any LogFile, _ number: UInt64) throws(LogError) -> Form {
        let segment = try RecoveredSegment(file, number)
        if let form = state.withLock({ $0.forms[number] }), form.size == segment.size { return form }
        guard let header = try segment.header() else { throw .damage(file.path, at: 0, "its header is empty") }
        return Form(size: segment.size, index: try segment.index(header))
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
