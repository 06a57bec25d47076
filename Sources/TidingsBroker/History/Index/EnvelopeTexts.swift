import Tidings

/// The places of the texts by which an event is looked up, in the binary form of its envelope. Nothing else is read.
struct EnvelopeTexts {
    /// A layout byte and the time.
    private static let headByteCount = 1 + 8
    /// Id, source, type, subject, content type, correlation id, causation id.
    private static let causationNumber = 6

    let id: Range<Int>
    let source: Range<Int>
    let causationID: Range<Int>?

    /// Finds them.
    /// - Throws: `TidingsError` with code `corrupt` if the bytes are not an envelope of this version.
    init(_ envelope: RawSpan) throws(TidingsError) {
        guard !envelope.isEmpty, envelope.unsafeLoad(as: UInt8.self) == 1 else {
            throw TidingsError(
                .corrupt,
                "an envelope has layout \(envelope.isEmpty ? 0 : envelope.unsafeLoad(as: UInt8.self)); this version knows layout 1"
            )
        }
        var end = Self.headByteCount
        id = try Self.text(in: envelope, at: &end) ?? end..<end
        source = try Self.text(in: envelope, at: &end) ?? end..<end
        for _ in 2..<Self.causationNumber { _ = try Self.text(in: envelope, at: &end) }
        causationID = try Self.text(in: envelope, at: &end)
    }

    /// The text at an offset, which moves behind it; nil if it is absent.
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
        TidingsError(.corrupt, "an envelope is shorter than its texts say")
    }
}
