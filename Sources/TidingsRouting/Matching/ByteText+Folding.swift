extension ByteText {
    /// The text in which every scalar stands for all that differ from it only in case.
    var caseFolded: ByteText {
        var bytes: [UInt8] = []
        Array(self.bytes).withUnsafeBufferPointer { text in
            withBase(of: text) { Self.fold($0, count: text.count, into: &bytes) }
        }
        return ByteText(String(decoding: bytes, as: UTF8.self))
    }

    /// Writes a text with its case folded over another; what is not UTF-8 stays as it is.
    @inline(__always)
    static func fold(_ text: UnsafePointer<UInt8>, count: Int, into folded: inout [UInt8]) {
        folded.removeAll(keepingCapacity: true)
        for place in 0..<count {
            let byte = text[place]
            guard byte < 0x80 else {
                foldRest(text, from: place, count: count, into: &folded)
                return
            }
            folded.append(byte &- 0x41 < 26 ? byte | 0x20 : byte)
        }
    }

    private static func foldRest(
        _ text: UnsafePointer<UInt8>, from start: Int, count: Int, into folded: inout [UInt8]
    ) {
        let rest = UnsafeBufferPointer(start: text + start, count: count - start)
        for scalar in String(decoding: rest, as: UTF8.self).unicodeScalars {
            let value = CaseFolding.folded(scalar.value)
            folded.append(contentsOf: UTF8.encode(Unicode.Scalar(value) ?? scalar).unsafelyUnwrapped)
        }
    }
}
