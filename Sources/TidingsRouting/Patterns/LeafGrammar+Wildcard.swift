extension LeafGrammar {
    func wildcard(_ source: ByteText, at offset: Int?) throws(PatternRefusal) -> Wildcard {
        let star = UInt8(ascii: "*")
        let backslash = UInt8(ascii: "\\")
        var segments: [[UInt8]] = [[]]
        var isAfterStar = false
        var bytes = source.bytes.makeIterator()
        while let byte = bytes.next() {
            if byte == star {
                guard !isAfterStar else {
                    throw refusal("The wildcard \"\(source.string)\" holds **; one * is enough.", at: offset)
                }
                segments.append([])
            } else if byte == backslash {
                guard let escaped = bytes.next(), escaped == star || escaped == backslash else {
                    throw refusal(
                        "In the wildcard \"\(source.string)\" a \\ stands before neither * nor \\; a backslash itself is "
                            + "written \\\\ (in JSON text \\\\\\\\).", at: offset)
                }
                segments[segments.count - 1].append(escaped)
            } else {
                segments[segments.count - 1].append(byte)
            }
            isAfterStar = byte == star
        }
        return Wildcard(source: source, segments: segments.map { ByteText(String(decoding: $0, as: UTF8.self)) })
    }
}
