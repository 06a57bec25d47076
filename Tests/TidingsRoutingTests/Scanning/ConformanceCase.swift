import Testing

/// A text and whether RFC 8259 accepts it.
struct ConformanceCase: Sendable, CustomTestStringConvertible {
    let text: [UInt8]
    let isValid: Bool

    init(_ text: String, _ isValid: Bool) {
        self.text = Array(text.utf8)
        self.isValid = isValid
    }

    init(bytes: [UInt8], _ isValid: Bool) {
        text = bytes
        self.isValid = isValid
    }

    var testDescription: String {
        "\(isValid ? "valid" : "refused"): \(String(decoding: text.prefix(40), as: UTF8.self))"
    }

    /// By the sections of RFC 8259.
    static let all: [ConformanceCase] =
        grammar + literals + objects + arrays + numbers + strings + encodings

    /// Section 2: one value, white space around it.
    private static let grammar = [
        Self("", false), Self(" ", false), Self("\n\t \r1\r\n\t ", true), Self("1 2", false), Self("{}{}", false),
        Self("[1],", false), Self("\u{0B}1", false), Self("\u{A0}1", false), Self("{} x", false),
        Self("// a\n1", false),
        Self("1\u{0}", false),
    ]

    /// Section 3.
    private static let literals = [
        Self("true", true), Self("false", true), Self("null", true), Self("True", false), Self("nul", false),
        Self("nulll", false), Self("tru", false), Self("NaN", false), Self("Infinity", false), Self("undefined", false),
    ]

    /// Section 4.
    private static let objects = [
        Self("{}", true), Self("{ }", true), Self("{\"a\":1}", true), Self("{\"a\" : 1 , \"a\" : 2}", true),
        Self("{\"\":0}", true), Self("{\"a\":{\"b\":{}}}", true), Self("{a:1}", false), Self("{1:1}", false),
        Self("{\"a\"}", false), Self("{\"a\":}", false), Self("{\"a\":1,}", false), Self("{,}", false),
        Self("{\"a\":1 \"b\":2}", false), Self("{\"a\":1", false), Self("{\"a", false), Self("{", false),
        Self("}", false),
        Self("{\"a\":1]", false), Self("{\"a\",1}", false), Self("{\"a\"::1}", false), Self("{'a':1}", false),
        Self("{\"a\":1,,\"b\":2}", false),
    ]

    /// Section 5, and the limit of depth that section 9 allows.
    private static let arrays = [
        Self("[]", true), Self("[ ]", true), Self("[1,\"a\",null,[],{}]", true), Self("[1,]", false),
        Self("[,1]", false),
        Self("[1 2]", false), Self("[1", false), Self("[", false), Self("]", false), Self("[1}", false),
        Self("[1,,2]", false), Self("[:]", false), Self("[\"a\":1]", false),
        Self(String(repeating: "[", count: 512) + String(repeating: "]", count: 512), true),
        Self(String(repeating: "[", count: 513) + String(repeating: "]", count: 513), false),
        Self(String(repeating: "{\"a\":[", count: 256) + String(repeating: "]}", count: 256), true),
        Self(String(repeating: "[{\"a\":", count: 256) + "1" + String(repeating: "}]", count: 256), true),
        Self(String(repeating: "[{\"a\":", count: 256) + "1" + String(repeating: "]}", count: 256), false),
    ]

    /// Section 6.
    private static let numbers = [
        Self("0", true), Self("-0", true), Self("0.0", true), Self("10", true), Self("-1.5e+10", true),
        Self("1E5", true),
        Self("1e-5", true), Self("1e400", true), Self("123456789012345678901234567890", true),
        Self("0.12345678901234567890123456789", true), Self("0e0", true), Self("01", false), Self("-01", false),
        Self("+1", false), Self("1.", false), Self(".5", false), Self("-", false), Self("1e", false),
        Self("1e+", false),
        Self("1.e5", false), Self("0x1F", false), Self("1_000", false), Self("--1", false), Self("1.2.3", false),
        Self("1e5.5", false), Self("-.5", false), Self("00", false), Self("1a", false), Self("[-]", false),
        Self("[01]", false), Self("١", false),
    ]

    /// Section 7.
    private static let strings = [
        Self("\"\"", true), Self("\"a\"", true), Self("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", true),
        Self("\"\\u0000\"", true),
        Self("\"\\u00e9\\u00E9\"", true), Self("\"\\ud83d\\ude80\"", true), Self("\"\u{7F}\"", true),
        Self("\"🚲é€\"", true),
        Self("\"a", false), Self("\"", false), Self("\"\\\"", false), Self("\"\\a\"", false), Self("\"\\u12\"", false),
        Self("\"\\u12G4\"", false), Self("\"\\U0041\"", false), Self("\"\\ud83d\"", false), Self("\"\\ude80\"", false),
        Self("\"\\ud83d\\u0041\"", false), Self("\"\\ud83dx\"", false), Self("\"\\ud83d\\ud83d\"", false),
        Self("\"\\ud83d\\", false), Self("\"\\ud83d\\ude8\"", false), Self("\"a\nb\"", false), Self("\"a\tb\"", false),
        Self("\"\u{0}\"", false), Self("\"\u{1F}\"", false), Self("'a'", false), Self("\"a\"b\"", false),
        Self("\"0123456789abcdef\\\"0123456789abcdef\"", true), Self("\"0123456789abcde\n0123456789abcdef\"", false),
        Self("\"" + String(repeating: "\\\\", count: 70) + "\"", true),
        Self("\"" + String(repeating: "\\\\", count: 70) + "\\\"", false),
    ]

    /// Section 8.1: UTF-8, well-formed by table 3-7 of the Unicode standard; no byte order mark.
    private static let encodings: [ConformanceCase] =
        sequences.flatMap { bytes, isValid in
            // Alone, and where a block of sixteen bytes ends in it.
            [0, 13].map { Self(bytes: [0x22] + [UInt8](repeating: 0x61, count: $0) + bytes + [0x22], isValid) }
        } + [
            Self(bytes: [0xEF, 0xBB, 0xBF, 0x31], false), Self(bytes: [0xFE, 0xFF, 0x00, 0x31], false),
            Self(bytes: [0xE9], false),
        ]

    private static let sequences: [([UInt8], Bool)] = [
        ([0xC2, 0x80], true), ([0xDF, 0xBF], true), ([0xE0, 0xA0, 0x80], true), ([0xED, 0x9F, 0xBF], true),
        ([0xEE, 0x80, 0x80], true), ([0xEF, 0xBF, 0xBF], true), ([0xF0, 0x90, 0x80, 0x80], true),
        ([0xF4, 0x8F, 0xBF, 0xBF], true), ([0x80], false), ([0xBF], false), ([0xC0, 0x80], false),
        ([0xC1, 0xBF], false),
        ([0xC2], false), ([0xC2, 0x20], false), ([0xE0, 0x9F, 0xBF], false), ([0xE2, 0x82], false),
        ([0xED, 0xA0, 0x80], false), ([0xED, 0xBF, 0xBF], false), ([0xF0, 0x8F, 0xBF, 0xBF], false),
        ([0xF0, 0x9F, 0x9A], false), ([0xF4, 0x90, 0x80, 0x80], false), ([0xF5, 0x80, 0x80, 0x80], false),
        ([0xFE], false), ([0xFF], false),
    ]
}
