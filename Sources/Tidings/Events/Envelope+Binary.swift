import TidingsRouting

/// The form in which envelopes are kept: in the log, in the outbox, with a parked event. The data stands last, as it came.
///
/// A leading byte names the layout. Numbers are little-endian; texts are a 32-bit length and UTF-8; absent ones have the
/// length `UInt32.max`. The first layout is that of envelopes whose extensions are texts, whose time is as ``Timestamp``
/// writes it and whose data is as its media type says; the second has the types of the extensions, the time as it was
/// written and how the data came.
extension Envelope {
    private static let plainLayout: UInt8 = 1
    private static let wholeLayout: UInt8 = 2
    /// In place of a form of the data: the usual one.
    private static let usualForm: UInt8 = 255

    /// Whether the first layout keeps all there is. It reads `resources` as a list if it can.
    private var isPlain: Bool {
        guard keptTime == nil, keptDataForm == nil else { return false }
        return extensions.isEmpty || extensions.allSatisfy { $0.key != Self.resourcesAttribute && $0.value.isText }
    }

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
        for (name, value) in extensions { size += 8 + name.utf8.count + value.description.utf8.count }
        return isPlain ? size : size + extensions.count + 4 + (keptTime?.utf8.count ?? 0) + 1
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
        let isPlain = isPlain
        writer.write(isPlain ? Self.plainLayout : Self.wholeLayout)
        writer.write(UInt64(bitPattern: time.microseconds))
        forEachText { text in writer.write(text) }
        writer.write(UInt16(clamping: extensions.count))
        if !extensions.isEmpty {
            for (name, value) in extensions.sorted(by: { $0.key < $1.key }) {
                writer.write(name)
                if !isPlain { writer.write(value.kind.rawValue) }
                writer.write(value.description)
            }
        }
        if !isPlain {
            writer.write(keptTime)
            writer.write(keptDataForm?.rawValue ?? Self.usualForm)
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
        let layout = try reader.byte()
        guard layout == Self.plainLayout || layout == Self.wholeLayout else {
            throw TidingsError(.corrupt, "an envelope was kept in a layout that this version does not know")
        }
        let isPlain = layout == Self.plainLayout
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
        var extensions: [String: ExtensionValue] = [:]
        for _ in 0..<(try reader.number() as UInt16) {
            let name = try reader.text() ?? ""
            let kind = isPlain ? nil : try Self.kind(reader.byte())
            extensions[name] = ExtensionValue(kind, named: name, try reader.text() ?? "")
        }
        let writtenTime = isPlain ? nil : try reader.text()
        let form = isPlain ? nil : try Self.form(reader.byte())
        self.init(
            id: id, source: source, type: type, subject: subject, time: time, dataContentType: dataContentType,
            correlationID: correlationID, causationID: causationID,
            trace: parent.map { TraceContext(parent: $0, state: state) }, extensions: extensions,
            data: EventBytes(reader.rest))
        keep(writtenTime: writtenTime, dataForm: form)
    }

    private static func kind(_ byte: UInt8) throws(TidingsError) -> ExtensionValue.Kind {
        guard let kind = ExtensionValue.Kind(rawValue: byte) else {
            throw TidingsError(.corrupt, "an extension has the type \(byte), which this version does not know")
        }
        return kind
    }

    private static func form(_ byte: UInt8) throws(TidingsError) -> DataForm? {
        guard byte != usualForm else { return nil }
        guard let form = DataForm(rawValue: byte) else {
            throw TidingsError(.corrupt, "data has the form \(byte), which this version does not know")
        }
        return form
    }
}

extension ExtensionValue {
    /// The type of a value, as it is kept.
    fileprivate enum Kind: UInt8 {
        case text = 0
        case number = 1
        case isFalse = 2
        case isTrue = 3
        case list = 4
    }

    fileprivate var kind: Kind {
        switch self {
        case .text: .text
        case .number: .number
        case .boolean(let boolean): boolean ? .isTrue : .isFalse
        case .list: .list
        }
    }

    fileprivate var isText: Bool { kind == .text }

    /// - Parameters:
    ///   - kind: nil for what was kept as text whatever it was, of which the one list can still be told.
    ///   - name: the name of the extension.
    fileprivate init(_ kind: Kind?, named name: String, _ text: String) {
        switch kind {
        case .text: self = .text(text)
        case .number: self = .number(text)
        case .isFalse: self = .boolean(false)
        case .isTrue: self = .boolean(true)
        case .list: self = .list(text)
        case nil:
            let isList = name == Envelope.resourcesAttribute && JSON.texts(inListOf: text) != nil
            self = isList ? .list(text) : .text(text)
        }
    }
}
