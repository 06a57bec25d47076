/// Reads JSON into a tree that knows the place of each value. ``JSONCursor`` decides what is JSON; this adds the path of the
/// field to what is wrong.
struct JSONTreeReader: ~Copyable {
    private var cursor: JSONCursor
    private let depthLimit: Int
    /// The names on the way to the field being read; what lies inside a list of values adds none.
    private var names: [String] = []
    private var isInValues = false

    private init(_ bytes: UnsafeRawBufferPointer, depthLimit: Int) {
        cursor = JSONCursor(bytes)
        self.depthLimit = depthLimit
    }

    /// Reads one value with nothing but white space around it.
    ///
    /// - Parameters:
    ///   - bytes: The text, in UTF-8.
    ///   - depthLimit: How deep objects and lists may be nested, up to ``JSON/maximumDepth``.
    static func tree(
        of bytes: [UInt8], depthLimit: Int = EventPattern.depthLimit
    ) throws(PatternRefusal) -> JSONTree {
        // Typed throws do not go through the library's closures.
        let result: Result<JSONTree, PatternRefusal> = bytes.withUnsafeBytes { bytes in
            do throws(PatternRefusal) {
                var reader = JSONTreeReader(bytes, depthLimit: depthLimit)
                return .success(try reader.wholeText())
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// The path of the field in which a text ends that is cut off at an offset; empty if that cannot be told.
    static func path(in bytes: [UInt8], before offset: Int) -> String {
        do throws(PatternRefusal) {
            _ = try tree(of: Array(bytes[..<offset]))
            return ""
        } catch {
            return error.path
        }
    }

    private mutating func wholeText() throws(PatternRefusal) -> JSONTree {
        cursor.skipWhitespace()
        let tree = try value()
        cursor.skipWhitespace()
        guard cursor.position == cursor.end else {
            throw refusal("There is text after the end; a pattern is one JSON object and no more.")
        }
        return tree
    }

    private func refusal(_ message: String, at offset: Int? = nil) -> PatternRefusal {
        .malformed(message, path: names.joined(separator: "."), at: offset ?? cursor.position)
    }

    /// Reads a part of the text, and adds the path to what is wrong with it.
    private mutating func read<Part>(
        _ body: (inout JSONCursor) throws(JSONError) -> Part
    ) throws(PatternRefusal) -> Part {
        do throws(JSONError) {
            return try body(&cursor)
        } catch {
            throw refusal(error.message, at: error.offset)
        }
    }

    private mutating func value() throws(PatternRefusal) -> JSONTree {
        let start = cursor.position
        return JSONTree(try valueWithoutPlace(), offset: start)
    }

    private mutating func valueWithoutPlace() throws(PatternRefusal) -> JSONTree.Value {
        let start = cursor.position
        switch cursor.byte {
        case UInt8(ascii: "{"): return .object(try members())
        case UInt8(ascii: "["): return .list(try elements())
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            let token = try read { cursor throws(JSONError) in try cursor.validNumber() }
            return .number(NumberLiteral(cursor.spelling(token)))
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            let first = cursor.byte
            guard (try? cursor.validLiteral()) != nil else {
                throw refusal(
                    "This is not a JSON value; without quotes there are only true, false and null.", at: start)
            }
            return first == UInt8(ascii: "n") ? .null : .boolean(first == UInt8(ascii: "t"))
        default:
            let error = cursor.unexpected
            guard error.code != .byteOrderMark else { throw refusal(error.message, at: 0) }
            throw refusal("\(found) is not a JSON value; text is written in double quotes.")
        }
    }

    private mutating func members() throws(PatternRefusal) -> [JSONTree.Member] {
        try enter()
        var members: [JSONTree.Member] = []
        if leaves("}") { return members }
        while true {
            guard cursor.byte == UInt8(ascii: "\"") else {
                throw refusal("\(found) was found instead of a name in double quotes.")
            }
            members.append(try member())
            cursor.skipWhitespace()
            if leaves("}") { return members }
            guard skip(",") else { throw refusal("\(found) was found instead of \",\" or \"}\".") }
            cursor.skipWhitespace()
        }
    }

    private mutating func member() throws(PatternRefusal) -> JSONTree.Member {
        let start = cursor.position
        let key = try text()
        cursor.skipWhitespace()
        guard skip(":") else { throw refusal("\(found) was found instead of the \":\" after \"\(key)\".") }
        cursor.skipWhitespace()
        if !isInValues { names.append(key) }
        let node = try value()
        if !isInValues { names.removeLast() }
        return JSONTree.Member(key: key, node: node, offset: start)
    }

    private mutating func elements() throws(PatternRefusal) -> [JSONTree] {
        let wasInValues = isInValues
        let isChoice = names.last == PatternGrammar.choice && !isInValues
        try enter()
        if isChoice { names.removeLast() } else { isInValues = true }
        defer {
            isInValues = wasInValues
            if isChoice { names.append(PatternGrammar.choice) }
        }
        var nodes: [JSONTree] = []
        if leaves("]") { return nodes }
        while true {
            nodes.append(try value())
            cursor.skipWhitespace()
            if leaves("]") { return nodes }
            guard skip(",") else { throw refusal("\(found) was found instead of \",\" or \"]\".") }
            cursor.skipWhitespace()
        }
    }

    /// Goes into an object or a list, up to what stands first in it.
    private mutating func enter() throws(PatternRefusal) {
        guard cursor.depth < depthLimit else {
            throw .tooDeep(path: names.joined(separator: "."), at: cursor.position)
        }
        try read { cursor throws(JSONError) in try cursor.enter() }
        cursor.skipWhitespace()
    }

    /// Leaves an object or a list if it ends here.
    private mutating func leaves(_ bracket: Unicode.Scalar) -> Bool {
        guard skip(bracket) else { return false }
        assert(cursor.depth > 0, "more containers were left than entered")
        cursor.depth -= 1
        return true
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard cursor.byte == UInt8(ascii: character) else { return false }
        cursor.position += 1
        return true
    }

    private mutating func text() throws(PatternRefusal) -> String {
        let start = cursor.position
        let token: JSONCursor.Token
        do throws(JSONError) {
            token = try cursor.validString()
        } catch {
            guard error.code == .endOfText else { throw refusal(error.message, at: error.offset) }
            throw refusal("The text that begins here has no closing quote.", at: start)
        }
        return cursor.string(token)
    }

    /// What stands here, for a message.
    private var found: String {
        guard cursor.position < cursor.end else { return "The end of the text" }
        let end = min(cursor.position + 4, cursor.end)
        let rest = cursor.spelling(JSONCursor.Token(start: cursor.position, end: end, isEscaped: false))
        return rest.unicodeScalars.first.map { "\"\($0)\"" } ?? "Something"
    }
}
