/// The form in which envelopes are kept: in the log, in the outbox, with a parked event. The data stands last, as it came.
///
/// A leading byte names the layout. Numbers are little-endian; texts are a 32-bit length and UTF-8; absent ones have the
/// length `UInt32.max`.
extension Envelope {
    private static let layout: UInt8 = 1

    /// Calls `body` with each text in its order. An array of them would be an allocation for each event.
    private func forEachText(_ body: (String?) -> Void) {
        body(id.rawValue)
        body(source)
        body(type.rawValue)
        body(subject)
        body(dataContentType)
        body(correlationID)
        body(causationID?.rawValue)
        body(trace?.parent)
        body(trace?.state)
    }

    /// How many bytes ``binary()`` makes.
    package var binaryByteCount: Int {
        var size = 1 + 8 + 2 + data.count
        forEachText { text in size += 4 + (text?.utf8.count ?? 0) }
        for (name, value) in extensions { size += 8 + name.utf8.count + value.utf8.count }
        return size
    }

    /// The envelope as bytes.
    package func binary() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: binaryByteCount) { buffer, count in
            var writer = BinaryWriter(UnsafeMutableRawBufferPointer(buffer))
            writeBinary(into: &writer)
            count = writer.offset
        }
    }

    /// Writes the envelope, which takes ``binaryByteCount``.
    package func writeBinary(into writer: inout BinaryWriter) {
        writer.write(Self.layout)
        writer.write(UInt64(bitPattern: time.microseconds))
        forEachText { text in writer.write(text) }
        writer.write(UInt16(clamping: extensions.count))
        if !extensions.isEmpty {
            for (name, value) in extensions.sorted(by: { $0.key < $1.key }) {
                writer.write(name)
                writer.write(value)
            }
        }
        writer.write(data)
    }

    /// Where ``binary()`` has the id and the source, one behind the other, each with its length.
    package static func identityRange(ofBinary bytes: RawSpan) -> Range<Int> {
        let start = 1 + 8
        var end = start
        for _ in 0..<2 where end + 4 <= bytes.byteCount {
            let length = UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: end, as: UInt32.self))
            end += 4 + (length == .max ? 0 : Int(length))
        }
        return min(start, bytes.byteCount)..<min(end, bytes.byteCount)
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
