/// The body of an event: immutable bytes, a slice of a buffer that others may share. Copying one copies no bytes.
public struct EventBytes: Sendable, RandomAccessCollection {
    private let slice: ArraySlice<UInt8>

    /// Holds the bytes of an array without copying them.
    public init(_ bytes: [UInt8]) {
        slice = bytes[...]
    }

    /// Holds a part of an array without copying it.
    public init(_ bytes: ArraySlice<UInt8>) {
        slice = bytes
    }

    /// Holds the UTF-8 of a text, which is copied.
    public init(_ text: String) {
        slice = Array(text.utf8)[...]
    }

    /// The position of the first byte, always 0, also for a part of other bytes.
    public var startIndex: Int { 0 }

    /// The position behind the last byte, which equals the number of bytes.
    public var endIndex: Int { slice.count }

    /// The byte at a position from 0; a position that is out of range stops the program.
    public subscript(position: Int) -> UInt8 { slice[slice.startIndex + position] }

    /// The bytes as UTF-8 text, with what is not UTF-8 repaired.
    public var text: String { String(decoding: slice, as: UTF8.self) }

    /// A part of the bytes, counted from the first, without copying it.
    func slice(_ range: Range<Int>) -> EventBytes {
        EventBytes(slice[slice.startIndex + range.lowerBound..<slice.startIndex + range.upperBound])
    }

    /// Calls `body` with the bytes, which must not leave it.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try slice.withUnsafeBytes(body)
    }

    /// Calls `body` with the bytes, which must not leave it.
    public func withContiguousStorageIfAvailable<Result>(
        _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result? {
        try slice.withContiguousStorageIfAvailable(body)
    }
}

extension EventBytes: Hashable {
    /// Whether both hold the same bytes. JSON that differs only in spaces or order is not equal.
    /// - Complexity: O(*n*) in the number of bytes.
    public static func == (left: EventBytes, right: EventBytes) -> Bool { left.slice == right.slice }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension EventBytes: Codable {
    /// Reads a text and holds its UTF-8.
    /// - Throws: `DecodingError` if the value is not a text.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the bytes as a text. Bytes that are not UTF-8 are replaced and cannot be read back.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
