/// Text that is compared by its UTF-8 bytes.
///
/// `String` compares by canonical equivalence, by which differently encoded texts are equal; patterns must not.
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
        left.bytes.count == right.bytes.count && left.bytes.elementsEqual(right.bytes)
    }

    package func hash(into hasher: inout Hasher) {
        // The storage is contiguous since `init`; a span of it would need macOS 26.
        let hashed: Void? = bytes.withContiguousStorageIfAvailable { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        precondition(hashed != nil, "text that was made contiguous is not")
    }
}

extension ByteText: Comparable {
    /// By the bytes, which is by the Unicode scalars.
    package static func < (left: ByteText, right: ByteText) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
