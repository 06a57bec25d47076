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

    /// Holds the UTF-8 of a text.
    public init(_ text: String) {
        slice = Array(text.utf8)[...]
    }

    /// Zero.
    public var startIndex: Int { 0 }

    /// How many bytes there are.
    public var endIndex: Int { slice.count }

    /// A byte.
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
    /// Whether the bytes are the same.
    public static func == (left: EventBytes, right: EventBytes) -> Bool { left.slice == right.slice }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension EventBytes: Codable {
    /// Reads a text.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the bytes as a text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
