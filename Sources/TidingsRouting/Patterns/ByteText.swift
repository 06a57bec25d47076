/// Text that is compared by its UTF-8 bytes.
///
/// `String` compares by canonical equivalence, by which differently encoded texts are equal. Patterns must not, nor may
/// anything that a database or a log compares as well.
package struct ByteText: Hashable, Sendable {
    /// The text; its UTF-8 is contiguous.
    package let string: String

    /// Keeps text as it is.
    package init(_ string: String) {
        var string = string
        string.makeContiguousUTF8()
        self.string = string
    }

    /// The text's UTF-8.
    package var bytes: String.UTF8View { string.utf8 }

    package static func == (left: ByteText, right: ByteText) -> Bool {
        left.withBytes { left in right.withBytes { right in isSame(left, right) } }
    }

    package func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: $0) }
    }

    private func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        // The storage is contiguous since `init`; a span of it would need macOS 26.
        let result = bytes.withContiguousStorageIfAvailable { body(UnsafeRawBufferPointer($0)) }
        guard let result else { preconditionFailure("text that was made contiguous is not") }
        return result
    }

    /// Eight bytes at a time: names are compared for each event.
    private static func isSame(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        var offset = 0
        while offset + 8 <= left.count {
            guard
                left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    == right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            else { return false }
            offset += 8
        }
        return left[offset...].elementsEqual(right[offset...])
    }
}

extension ByteText: Comparable {
    /// By the bytes, which is by the Unicode scalars.
    package static func < (left: ByteText, right: ByteText) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension ByteText: CustomStringConvertible, ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self.init(text) }

    /// The text itself.
    package var description: String { string }
}
