/// Text in which `*` stands for zero or more characters, `\*` and `\\` for the characters themselves.
struct Wildcard: Hashable, Sendable {
    /// As it was written, escapes and all.
    let text: ByteText
    let test: TextTest

    init(_ source: String, path: String) throws(EventPatternError) {
        let pieces = try Self.pieces(of: source, path: path)
        text = ByteText(source)
        switch pieces.count {
        case 1: test = .equals(pieces[0])
        case 2 where pieces[1].bytes.isEmpty: test = .starts(with: pieces[0])
        default:
            throw .unsupported(
                "The wildcard \"\(source)\" has a * before its end, which is not supported yet.", path: path)
        }
    }

    /// The literal pieces between the stars: one more than there are stars.
    private static func pieces(of source: String, path: String) throws(EventPatternError) -> [ByteText] {
        let star = UInt8(ascii: "*")
        let backslash = UInt8(ascii: "\\")
        var pieces: [[UInt8]] = [[]]
        var afterStar = false
        var bytes = source.utf8.makeIterator()
        while let byte = bytes.next() {
            if byte == star {
                guard !afterStar else {
                    throw .malformed("The wildcard \"\(source)\" holds **; one * is enough.", path: path)
                }
                pieces.append([])
            } else if byte == backslash {
                guard let escaped = bytes.next(), escaped == star || escaped == backslash else {
                    throw .malformed(
                        "In the wildcard \"\(source)\" a \\ stands before neither * nor \\; write \\\\ for a backslash.",
                        path: path)
                }
                pieces[pieces.count - 1].append(escaped)
            } else {
                pieces[pieces.count - 1].append(byte)
            }
            afterStar = byte == star
        }
        return pieces.map { ByteText(String(decoding: $0, as: UTF8.self)) }
    }
}
