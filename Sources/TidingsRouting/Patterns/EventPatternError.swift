/// Why a pattern was refused: what is wrong, at which path, where in the text, and what would be right.
///
/// It has no cause, since nothing below it fails. Reading the same pattern again cannot help.
public struct EventPatternError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of refusal it is; callers branch on this. More may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the code.
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// It is not a pattern: the text has to be corrected.
        public static let malformed = Code("malformed")
        /// It is a pattern, but larger than ``EventPattern`` accepts: split it into several.
        public static let tooComplex = Code("tooComplex")
    }

    /// What kind of refusal it is.
    public let code: Code
    /// What is wrong and what would be right, for a person. It may quote the pattern.
    public let message: String
    /// The field where it is wrong, names joined by dots, such as `data.total`; empty for the pattern as a whole.
    public let path: String
    /// Where in the text it is wrong; nil if the pattern was not read from text.
    public let position: Position?

    /// A refusal.
    ///
    /// - Parameters:
    ///   - code: What kind of refusal it is.
    ///   - message: What is wrong and what would be right.
    ///   - path: The field where it is wrong; empty for the pattern as a whole.
    ///   - position: Where in the text it is wrong, if there is a text.
    public init(code: Code, message: String, path: String = "", position: Position? = nil) {
        self.code = code
        self.message = message
        self.path = path
        self.position = position
    }

    /// The code, the path, the position and the message, on one line.
    public var description: String {
        var place = ""
        if !path.isEmpty { place += " at \(path)" }
        if let position { place += "\(place.isEmpty ? " at" : ",") \(position)" }
        return "\(code)\(place): \(message)"
    }
}
