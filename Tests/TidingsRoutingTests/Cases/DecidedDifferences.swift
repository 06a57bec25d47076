import Foundation

/// Where the language differs from Event Ruler's on purpose, each with its reason.
struct DecidedDifferences: Decodable {
    /// A case of a table of Event Ruler's answers that is answered differently here.
    struct Case: Decodable {
        let name: String
        let reason: String
    }

    /// What is decided, and an example of it.
    struct Difference: Decodable {
        let name: String
        let pattern: String
        let event: String
        let answer: String
        let reason: String
    }

    let cases: [Case]
    let differences: [Difference]

    static func read() throws -> DecidedDifferences {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
            path: "decided-differences.json")
        return try JSONDecoder().decode(DecidedDifferences.self, from: Data(contentsOf: file))
    }
}
