/// How segment files are called.
enum SegmentName {
    private static let digits = 20
    private static let suffix = ".log"
    private static let temporarySuffix = ".log.tmp"

    static func file(_ number: UInt64) -> String { padded(number) + suffix }

    /// The name a segment has until it is complete.
    static func temporary(_ number: UInt64) -> String { padded(number) + temporarySuffix }

    /// The number of the segment that a file is, or `nil` when it is none.
    static func number(of name: String) -> UInt64? { number(of: name, suffix) }

    static func isTemporary(_ name: String) -> Bool { number(of: name, temporarySuffix) != nil }

    private static func number(of name: String, _ suffix: String) -> UInt64? {
        guard name.utf8.count == digits + suffix.utf8.count, name.hasSuffix(suffix) else { return nil }
        let number = name.prefix(digits)
        return number.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(number) : nil
    }

    private static func padded(_ number: UInt64) -> String {
        let text = String(number)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }
}
