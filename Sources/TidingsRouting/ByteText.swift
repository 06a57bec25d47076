/// Text that is compared by its UTF-8 bytes.
///
/// `String` compares by canonical equivalence, by which differently encoded texts are equal; patterns must not.
struct ByteText: Hashable, Sendable {
    /// A view and not a `Substring`, which would move a cut inside a scalar to the scalar's beginning.
    let bytes: Substring.UTF8View

    init(_ string: String) {
        var string = string
        string.makeContiguousUTF8()
        bytes = Substring(string).utf8
    }

    private init(bytes: Substring.UTF8View) {
        self.bytes = bytes
    }

    var string: String { String(Substring(bytes)) }

    /// The first bytes, without a copy; they may end inside a scalar.
    func prefix(_ length: Int) -> ByteText {
        ByteText(bytes: bytes.prefix(length))
    }

    static func == (left: ByteText, right: ByteText) -> Bool {
        left.bytes.elementsEqual(right.bytes)
    }

    func hash(into hasher: inout Hasher) {
        // The storage is contiguous since `init`; a span of it would need macOS 26.
        let hashed: Void? = bytes.withContiguousStorageIfAvailable { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        precondition(hashed != nil, "text that was made contiguous is not")
    }
}
