import Foundation
import Testing

/// An event in a form that another tool writes, and what becomes of it.
struct EventFromElsewhere: Decodable, CustomTestStringConvertible {
    let name: String
    /// The text as it came.
    let event: String
    let accepted: Bool
    let pattern: String?
    let matches: Bool?
    let why: String?

    var testDescription: String { name }

    static let all: [EventFromElsewhere] = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
            path: "events-from-elsewhere.jsonl")
        let lines = (try? Data(contentsOf: file))?.split(separator: UInt8(ascii: "\n")) ?? []
        let decoder = JSONDecoder()
        // A line that cannot be read fails the test that counts them.
        return lines.compactMap { try? decoder.decode(EventFromElsewhere.self, from: $0) }
    }()
}
