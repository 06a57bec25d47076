import TidingsRouting

extension PatternRouter {
    func matches(event: String, validated: Bool = false) throws -> [ID] {
        try Array(event.utf8).withUnsafeBytes { try matches($0.bytes, validated: validated) }
    }
}
