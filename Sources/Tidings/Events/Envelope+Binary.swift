/// The form in which envelopes are kept: in the log, in the outbox, with a parked event. The data stands last, as it came.
///
/// A leading byte names the layout. Numbers are little-endian; texts are a 32-bit length and UTF-8; absent ones have the
/// length `UInt32.max`.
extension Envelope {
    private static let layout: UInt8 = 1

    private var texts: [String?] {
        [
            id.rawValue, source, type.rawValue, subject, dataContentType, correlationID, causationID?.rawValue,
            trace?.parent, trace?.state,
        ]
    }

    /// How many bytes ``binary()`` makes.
    package var binaryByteCount: Int { binaryByteCount(texts) }

    private func binaryByteCount(_ texts: [String?]) -> Int {
        var size = 1 + 8 + 2 + data.count
        for text in texts { size += 4 + (text?.utf8.count ?? 0) }
        for (name, value) in extensions { size += 8 + name.utf8.count + value.utf8.count }
        return size
    }

    /// Writes the envelope.
    package func binary() -> [UInt8] {
        let texts = texts
        let extensions = extensions.isEmpty ? [] : extensions.sorted { $0.key < $1.key }
        return [UInt8](unsafeUninitializedCapacity: binaryByteCount(texts)) { buffer, count in
            var writer = BinaryWriter(UnsafeMutableRawBufferPointer(buffer))
            writer.write(Self.layout)
            writer.write(UInt64(bitPattern: time.microseconds))
            for text in texts { writer.write(text) }
            writer.write(UInt16(clamping: extensions.count))
            for (name, value) in extensions {
                writer.write(name)
                writer.write(value)
            }
            writer.write(data)
            count = writer.offset
        }
    }

    /// Reads what ``binary()`` wrote.
    /// - Throws: ``TidingsError`` with code `corrupt` when the bytes are no envelope.
    package init(binary bytes: ArraySlice<UInt8>) throws(TidingsError) {
        var reader = BinaryReader(bytes)
        guard try reader.byte() == Self.layout else {
            throw TidingsError(.corrupt, "an envelope was kept in a layout that this version does not know")
        }
        let time = Timestamp(microseconds: Int64(bitPattern: try reader.number()))
        let id = EventID(try reader.text() ?? "")
        let source = try reader.text() ?? ""
        let type = EventType(rawValue: try reader.text() ?? "")
        let subject = try reader.text()
        let dataContentType = try reader.text()
        let correlationID = try reader.text()
        let causationID = try reader.text().map(EventID.init(_:))
        let parent = try reader.text()
        let state = try reader.text()
        var extensions: [String: String] = [:]
        for _ in 0..<(try reader.number() as UInt16) {
            let name = try reader.text() ?? ""
            extensions[name] = try reader.text() ?? ""
        }
        self.init(
            id: id, source: source, type: type, subject: subject, time: time, dataContentType: dataContentType,
            correlationID: correlationID, causationID: causationID,
            trace: parent.map { TraceContext(parent: $0, state: state) }, extensions: extensions,
            data: EventBytes(reader.rest))
    }
}
