import TidingsService

/// What products and customers may be called.
enum Name {
    /// What is allowed, for the message where a name is not.
    static let rule = "1 to 64 printable characters in normal form C are expected"

    /// Counted in scalars: a single character can be as long as a body.
    static func isValid(_ name: String) -> Bool {
        (1...64).contains(name.unicodeScalars.count) && name.isNormalText
    }
}
