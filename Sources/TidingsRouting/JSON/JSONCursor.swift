/// A place in a JSON text, and the ways to go on from there.
///
/// It borrows the bytes: it must not outlive the call that lent them. No method reads beyond them, whatever they are.
struct JSONCursor {
    /// A string or a number, as it stands in the text.
    struct Token {
        let start: Int
        let end: Int
        /// Whether a backslash stands in it.
        let isEscaped: Bool

        var count: Int { end - start }
    }

    let base: UnsafePointer<UInt8>
    let end: Int
    var position = 0
    /// How many containers are open.
    var depth = 0

    /// - Parameter bytes: The whole text.
    init(_ bytes: UnsafeRawBufferPointer) {
        // An empty buffer may have no address; nothing is ever read from the one that stands in.
        let start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
        base = start.assumingMemoryBound(to: UInt8.self)
        end = bytes.count
    }

    /// The byte here, or 0, which no JSON text holds outside of its strings, at the end.
    @inline(__always)
    var byte: UInt8 { position < end ? base[position] : 0 }

    @inline(__always)
    mutating func skipWhitespace() {
        guard position < end, base[position] <= 0x20 else { return }
        skipLongWhitespace()
    }

    private mutating func skipLongWhitespace() {
        while position < end {
            switch base[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    /// Goes into a container.
    @inline(__always)
    mutating func enter() throws(JSONError) {
        depth += 1
        guard depth <= JSON.maximumDepth else { throw JSONError(.depth, at: position) }
        position += 1
    }

    /// What is wrong with the byte here.
    var unexpected: JSONError {
        if position == 0, hasByteOrderMark { return JSONError(.byteOrderMark, at: 0) }
        return JSONError(position < end ? .unexpectedByte : .endOfText, at: position)
    }

    /// What is wrong with a text that begins with no object.
    var notAnObject: JSONError {
        position < end && !hasByteOrderMark ? JSONError(.notAnObject, at: position) : unexpected
    }

    /// Whether the text begins with the mark of RFC 8259, section 8.1.
    private var hasByteOrderMark: Bool { end >= 3 && base[0] == 0xEF && base[1] == 0xBB && base[2] == 0xBF }

    /// Ends a text: nothing but white space may follow.
    mutating func finish() throws(JSONError) {
        skipWhitespace()
        guard position == end else { throw JSONError(.trailingText, at: position) }
    }

    /// The colon between a name and its value.
    @inline(__always)
    mutating func colon() throws(JSONError) {
        skipWhitespace()
        guard byte == 0x3A else { throw unexpected }
        position += 1
        skipWhitespace()
    }
}
