/// The JSON of a pattern as a tree, so that reading it is one thing and judging it another.
indirect enum PatternNode: Sendable {
    case object([String: PatternNode])
    case list([PatternNode])
    case text(String)
    /// `null`, `true`, `false` or a number: no pattern can use them yet, so that only their kind is kept.
    case other(kind: String)

    /// What it is, for a message.
    var kind: String {
        switch self {
        case .object: "an object"
        case .list: "a list"
        case .text: "text"
        case .other(let kind): kind
        }
    }
}

extension PatternNode: Decodable {
    init(from decoder: any Decoder) throws {
        // A decoder tells what is there only by refusing what is not.
        if let container = try? decoder.container(keyedBy: PatternKey.self) {
            var members: [String: PatternNode] = [:]
            for key in container.allKeys {
                members[key.stringValue] = try container.decode(PatternNode.self, forKey: key)
            }
            self = .object(members)
        } else if var container = try? decoder.unkeyedContainer() {
            var values: [PatternNode] = []
            while !container.isAtEnd {
                values.append(try container.decode(PatternNode.self))
            }
            self = .list(values)
        } else {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if container.decodeNil() {
                self = .other(kind: "null")
            } else {
                self = .other(kind: (try? container.decode(Bool.self)) == nil ? "a number" : "a boolean")
            }
        }
    }
}
