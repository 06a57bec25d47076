/// Reads JSON, strictly by RFC 8259, into a tree that knows where everything stands.
struct JSONTreeReader: ~Copyable {
    private let bytes: [UInt8]
    private let depthLimit: Int
    private var offset = 0
    private var depth = 0
    /// The names on the way to the field being read; what stands inside a list of values adds none.
    private var names: [String] = []
    private var isInValues = false

    private init(_ bytes: [UInt8], depthLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    /// Reads one value with nothing but white space around it.
    ///
    /// - Parameters:
    ///   - bytes: Valid UTF-8.
    ///   - depthLimit: How deep objects and lists may be nested.
    static func tree(
        of bytes: [UInt8], depthLimit: Int = EventPattern.depthLimit
    ) throws(PatternRefusal) -> JSONTree {
        var reader = JSONTreeReader(bytes, depthLimit: depthLimit)
        reader.skipSpace()
        let node = try reader.value()
        reader.skipSpace()
        guard reader.offset == bytes.count else {
            throw reader.refusal("There is text after the end; a pattern is one JSON object and no more.")
        }
        return node
    }

    /// The path of the field that a text is in when it is broken off; empty where that cannot be told.
    static func path(in bytes: [UInt8], before offset: Int) -> String {
        var reader = JSONTreeReader(Array(bytes[..<offset]), depthLimit: EventPattern.depthLimit)
        reader.skipSpace()
        do throws(PatternRefusal) {
            _ = try reader.value()
            return ""
        } catch {
            return error.path
        }
    }

    private func refusal(_ message: String, at place: Int? = nil) -> PatternRefusal {
        .malformed(message, path: names.joined(separator: "."), at: place ?? offset)
    }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private mutating func value() throws(PatternRefusal) -> JSONTree {
        let start = offset
        switch next {
        case UInt8(ascii: "{"): return JSONTree(.object(try members()), offset: start)
        case UInt8(ascii: "["): return JSONTree(.list(try elements()), offset: start)
        case UInt8(ascii: "\""): return JSONTree(.text(try text()), offset: start)
        case UInt8(ascii: "-"): return JSONTree(.number(try number()), offset: start)
        case _ where isDigit: return JSONTree(.number(try number()), offset: start)
        case UInt8(ascii: "t"): return JSONTree(try word("true", .boolean(true)), offset: start)
        case UInt8(ascii: "f"): return JSONTree(try word("false", .boolean(false)), offset: start)
        case UInt8(ascii: "n"): return JSONTree(try word("null", .null), offset: start)
        case nil: throw refusal("The text ends where a JSON value should stand.")
        default: throw refusal("\(found) is no JSON value; text stands in double quotes.")
        }
    }

    private mutating func members() throws(PatternRefusal) -> [JSONTree.Member] {
        try descend()
        defer { depth -= 1 }
        offset += 1
        skipSpace()
        var members: [JSONTree.Member] = []
        if skip("}") { return members }
        while true {
            guard next == UInt8(ascii: "\"") else {
                throw refusal("\(found) stands where a name in double quotes should.")
            }
            members.append(try member())
            skipSpace()
            if skip("}") { return members }
            guard skip(",") else { throw refusal("\(found) stands where \",\" or \"}\" should.") }
            skipSpace()
        }
    }

    private mutating func member() throws(PatternRefusal) -> JSONTree.Member {
        let start = offset
        let key = try text()
        skipSpace()
        guard skip(":") else { throw refusal("\(found) stands where the \":\" after \"\(key)\" should.") }
        skipSpace()
        if !isInValues { names.append(key) }
        let node = try value()
        if !isInValues { names.removeLast() }
        return JSONTree.Member(key: key, node: node, offset: start)
    }

    private mutating func elements() throws(PatternRefusal) -> [JSONTree] {
        try descend()
        let wasInValues = isInValues
        let isChoice = names.last == PatternGrammar.choice && !isInValues
        if isChoice { names.removeLast() } else { isInValues = true }
        defer {
            depth -= 1
            isInValues = wasInValues
            if isChoice { names.append(PatternGrammar.choice) }
        }
        offset += 1
        skipSpace()
        var nodes: [JSONTree] = []
        if skip("]") { return nodes }
        while true {
            nodes.append(try value())
            skipSpace()
            if skip("]") { return nodes }
            guard skip(",") else { throw refusal("\(found) stands where \",\" or \"]\" should.") }
            skipSpace()
        }
    }

    private mutating func descend() throws(PatternRefusal) {
        depth += 1
        guard depth <= depthLimit else {
            throw .tooDeep(path: names.joined(separator: "."), at: offset)
        }
    }

    private mutating func word(
        _ word: StaticString, _ value: JSONTree.Value
    ) throws(PatternRefusal) -> JSONTree.Value {
        let spelling = word.description
        guard bytes[offset...].starts(with: spelling.utf8) else {
            throw refusal("\(found) begins no JSON value; did you mean \(spelling)?")
        }
        offset += spelling.utf8.count
        return value
    }

    /// What stands at the offset, for a message.
    private var found: String {
        guard offset < bytes.count else { return "The end of the text" }
        let scalar = String(decoding: bytes[offset...], as: UTF8.self).unicodeScalars.first
        return scalar.map { "\"\($0)\"" } ?? "Something"
    }
}

extension JSONTreeReader {
    private mutating func number() throws(PatternRefusal) -> NumberLiteral {
        let start = offset
        _ = skip("-")
        if skip("0") {
            guard !isDigit else { throw refusal("A number does not begin with 0 unless a point follows.", at: start) }
        } else {
            try digits(from: start)
        }
        if skip(".") { try digits(from: start) }
        if skip("e") || skip("E") {
            _ = skip("+") || skip("-")
            try digits(from: start)
        }
        return NumberLiteral(String(decoding: bytes[start..<offset], as: UTF8.self))
    }

    private var isDigit: Bool {
        guard let next else { return false }
        return UInt8(ascii: "0")...UInt8(ascii: "9") ~= next
    }

    private mutating func digits(from start: Int) throws(PatternRefusal) {
        guard isDigit else { throw refusal("\(found) stands where a digit of the number should.") }
        while isDigit { offset += 1 }
    }

    private mutating func text() throws(PatternRefusal) -> String {
        let start = offset
        offset += 1
        var result: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return String(decoding: result, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &result)
            case 0..<0x20:
                throw refusal("A control character stands in text as it is; write it as an escape such as \\n.")
            default:
                result.append(byte)
                offset += 1
            }
        }
        throw refusal("The text that begins here has no closing quote.", at: start)
    }

    private mutating func escape(into result: inout [UInt8]) throws(PatternRefusal) {
        let start = offset
        offset += 1
        let plain: UInt8
        switch next {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = bytes[offset]
        case UInt8(ascii: "b"): plain = 0x08
        case UInt8(ascii: "f"): plain = 0x0C
        case UInt8(ascii: "n"): plain = 0x0A
        case UInt8(ascii: "r"): plain = 0x0D
        case UInt8(ascii: "t"): plain = 0x09
        case UInt8(ascii: "u"):
            offset += 1
            result += String(try scalar(from: start)).utf8
            return
        default: throw refusal("There is no such escape; a backslash itself is written \\\\.", at: start)
        }
        result.append(plain)
        offset += 1
    }

    private mutating func scalar(from start: Int) throws(PatternRefusal) -> Unicode.Scalar {
        let first = try unit(from: start)
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xDC00, skip("\\"), skip("u") {
            let second = try unit(from: start)
            if 0xDC00...0xDFFF ~= second,
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            {
                return scalar
            }
        }
        throw refusal("Half of a surrogate pair stands alone, which is no character.", at: start)
    }

    private mutating func unit(from start: Int) throws(PatternRefusal) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let next, let digit = Character(Unicode.Scalar(next)).hexDigitValue else {
                throw refusal("After \\u stand four hexadecimal digits.", at: start)
            }
            unit = unit << 4 | UInt32(digit)
            offset += 1
        }
        return unit
    }
}
