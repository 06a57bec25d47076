import Tidings

/// Where the binary form of an envelope holds what its event is looked up by. Nothing else of it is read.
struct EnvelopeTexts {
    /// A layout byte and the time.
    private static let headByteCount = 1 + 8
    /// Id, source, type, subject, content type, correlation id, causation id.
    private static let causationNumber = 6

    let id: Range<Int>
    let source: Range<Int>
    let causationID: Range<Int>?

    /// Finds them.
    /// - Throws: `TidingsError` with code `corrupt` where the bytes are no envelope of this version.
    init(_ envelope: RawSpan) throws(TidingsError) {
        guard !envelope.isEmpty, envelope.unsafeLoad(as: UInt8.self) == 1 else {
            throw TidingsError(.corrupt, "an envelope was kept in a layout that this version does not know")
        }
        var end = Self.headByteCount
        id = try Self.text(in: envelope, at: &end) ?? end..<end
        source = try Self.text(in: envelope, at: &end) ?? end..<end
        for _ in 2..<Self.causationNumber { _ = try Self.text(in: envelope, at: &end) }
        causationID = try Self.text(in: envelope, at: &end)
    }

    /// The text that stands at an offset, which moves behind it; nil where it is absent.
    private static func text(in envelope: RawSpan, at offset: inout Int) throws(TidingsError) -> Range<Int>? {
        let start = offset + 4
        guard start <= envelope.byteCount else { throw tooShort }
        let length = UInt32(littleEndian: envelope.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
        offset = start
        guard length != .max else { return nil }
        offset += Int(length)
        guard offset <= envelope.byteCount else { throw tooShort }
        return start..<offset
    }

    private static var tooShort: TidingsError {
        TidingsError(.corrupt, "an envelope ends before what it is to hold")
    }
}
