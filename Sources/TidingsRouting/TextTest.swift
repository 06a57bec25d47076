/// What a value of a pattern comes down to, however it is written.
enum TextTest: Hashable, Sendable {
    case equals(ByteText)
    case starts(with: ByteText)

    func holds(for text: ByteText) -> Bool {
        switch self {
        case .equals(let whole): text == whole
        case .starts(let prefix): text.bytes.starts(with: prefix.bytes)
        }
    }
}
