import Foundation
import TidingsRouting

extension EventPattern {
    init(decoding json: String) throws {
        self = try JSONDecoder().decode(EventPattern.self, from: Data(json.utf8))
    }

    func encoded() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
