import Foundation
import TidingsRouting

/// Patterns as a part of something larger, such as a list of rules.
struct EventPatternList {
    let patterns: [EventPattern]

    init(json: String) throws {
        patterns = try JSONDecoder().decode([EventPattern].self, from: Data(json.utf8))
    }
}
