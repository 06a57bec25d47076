/// Why a pattern was refused.
///
/// It has no position in the text: a pattern is read through `Codable`, which does not tell where a value stood. Nor
/// has it a cause, since nothing below it fails.
public struct EventPatternError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of refusal it is; callers branch on this. More may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the code.
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// It is no pattern: the text has to be corrected.
        public static let malformed = Code("malformed")
        /// The language has it, but this version cannot match it yet.
        public static let unsupported = Code("unsupported")
    }

    /// What kind of refusal it is.
    public let code: Code
    /// What is wrong and what would be right, for a person. It may quote the pattern.
    public let message: String
    /// The field where it is wrong, names joined by dots, such as `data.total`; empty for the pattern as a whole.
    public let path: String

    /// A refusal.
    ///
    /// - Parameters:
    ///   - code: What kind of refusal it is.
    ///   - message: What is wrong and what would be right.
    ///   - path: The field where it is wrong; empty for the pattern as a whole.
    public init(code: Code, message: String, path: String = "") {
        self.code = code
        self.message = message
        self.path = path
    }

    /// The code, the path and the message, on one line.
    public var description: String {
        path.isEmpty ? "\(code): \(message)" : "\(code) at \(path): \(message)"
    }
}

extension EventPatternError {
    static func malformed(_ message: String, path: String = "") -> EventPatternError {
        EventPatternError(code: .malformed, message: message, path: path)
    }

    static func unsupported(_ message: String, path: String) -> EventPatternError {
        EventPatternError(code: .unsupported, message: message, path: path)
    }

    static func emptyList(path: String) -> EventPatternError {
        .malformed("The list is empty and could never hold; give at least one value.", path: path)
    }
}
