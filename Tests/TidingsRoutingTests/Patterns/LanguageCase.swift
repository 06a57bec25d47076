import Testing

/// A pattern, events that satisfy it and events that do not.
struct LanguageCase: CustomTestStringConvertible, Sendable {
    let pattern: String
    let these: [String]
    let those: [String]

    init(_ pattern: String, matches these: [String], butNot those: [String]) {
        self.pattern = pattern
        self.these = these
        self.those = those
    }

    var testDescription: String { pattern }
}
