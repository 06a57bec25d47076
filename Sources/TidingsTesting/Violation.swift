/// What a test expected and did not find. It is thrown, so that it works with any test framework.
public struct Violation: Error, CustomStringConvertible {
    /// What was expected and what was found, for a person.
    public let message: String
    /// The file and line of the expectation, if it is one of a test.
    public let place: String?

    /// Makes a violation; for those who write checks of their own.
    public init(_ message: String, place: String? = nil) {
        self.message = message
        self.place = place
    }

    /// The message, and the place if there is one.
    public var description: String {
        place.map { "\(message) (\($0))" } ?? message
    }
}
