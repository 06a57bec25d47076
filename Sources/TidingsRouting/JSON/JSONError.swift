/// Why bytes are not a JSON text, and where.
///
/// It holds nothing of the text itself, so that it can stand in a log line.
public struct JSONError: Error, Sendable, Hashable {
    /// What kind of fault it is; callers branch on this. More may come.
    public struct Code: Sendable, Hashable {
        let number: UInt8

        /// The text ends before its value does.
        public static let endOfText = Code(number: 0)
        /// A byte that cannot stand there.
        public static let unexpectedByte = Code(number: 1)
        /// A number that RFC 8259 does not know, such as `01`, `1.` or `+1`.
        public static let number = Code(number: 2)
        /// A `\` that begins no escape, or a `\u` without its four digits.
        public static let escape = Code(number: 3)
        /// One half of a surrogate pair alone.
        public static let surrogate = Code(number: 4)
        /// A control character that stands in a string as it is.
        public static let controlCharacter = Code(number: 5)
        /// Bytes that are not UTF-8.
        public static let encoding = Code(number: 6)
        /// More than ``JSON/maximumDepth`` containers inside each other.
        public static let depth = Code(number: 7)
        /// Something after the value.
        public static let trailingText = Code(number: 8)
        /// An event that is not an object.
        public static let notAnObject = Code(number: 9)
        /// A byte order mark before the text.
        public static let byteOrderMark = Code(number: 10)
        /// A name that comes twice in one object, if the text is a message.
        public static let duplicateName = Code(number: 11)
        /// A number that is not the whole one that a double makes of it, if the text is a message.
        public static let inexactNumber = Code(number: 12)
    }

    /// What kind of fault it is.
    public let code: Code
    /// Which byte is at fault, counted from 0; the length of the text if that ends too early.
    public let offset: Int

    init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }

    /// What is wrong and what would be right, for a person.
    public var message: String {
        switch code {
        case .endOfText: "The text ends too early; a value, a quote or a bracket is missing."
        case .unexpectedByte: "This byte is not allowed here."
        case .number: "A number has no leading zero or plus sign, and digits around its point, such as -1.5e3."
        case .escape: "A \\ is followed by one of \"\\/bfnrt, or by u and four hexadecimal digits."
        case .surrogate: "A surrogate such as \\ud83d is alone; a second one, such as \\ude80, must follow it."
        case .controlCharacter: "A control character in a string is written as an escape, such as \\n."
        case .encoding: "The text is not UTF-8."
        case .depth: "Objects and arrays are nested more than \(JSON.maximumDepth) deep."
        case .trailingText: "There is text after the value; a JSON text is one value."
        case .notAnObject: "An event is a JSON object, such as {\"type\":\"order.created.v1\"}."
        case .byteOrderMark:
            "The text begins with a byte order mark (EF BB BF), which JSON does not allow; write UTF-8 without it."
        case .duplicateName: "This name comes twice in its object."
        case .inexactNumber: "This number has more digits than can be told apart; it would be read as a whole one."
        default: "The text is not JSON."
        }
    }
}

extension JSONError: CustomStringConvertible {
    /// The message and the position, on one line.
    public var description: String { "byte \(offset): \(message)" }
}
