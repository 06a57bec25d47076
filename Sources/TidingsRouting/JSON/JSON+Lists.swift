extension JSON {
    /// The strings of a list that a text is; nil if it is not a list, or holds something else.
    package static func texts(inListOf text: String) -> [String]? {
        let wrapped = Array("{\"list\":\(text)}".utf8)
        return wrapped.withUnsafeBytes { bytes in
            var found: [String]?
            try? forEachMember(of: bytes.bytes) { member in
                guard member.kind == .array, member.value == 8..<bytes.count - 1 else { return }
                found = JSONCursor(bytes).texts(in: member.value)
            }
            return found
        }
    }
}

extension JSONCursor {
    /// The strings of a valid list.
    fileprivate func texts(in list: Range<Int>) -> [String]? {
        var cursor = self
        var texts: [String] = []
        cursor.position = list.lowerBound + 1
        cursor.skipWhitespace()
        while cursor.position < list.upperBound - 1 {
            guard cursor.byte == 0x22, let token = try? cursor.validString() else { return nil }
            texts.append(cursor.string(token))
            cursor.skipWhitespace()
            if cursor.byte == 0x2C { cursor.position += 1 }
            cursor.skipWhitespace()
        }
        return texts
    }
}
