extension JSONTree: Codable {
    /// Reads what a decoder has. Its objects have lost their order, so that they come in that of their keys.
    package init(from decoder: any Decoder) throws {
        try self.init(from: decoder, depth: 0)
    }

    private init(from decoder: any Decoder, depth: Int) throws {
        guard depth <= EventPattern.depthLimit else { throw PatternRefusal.tooDeep(path: "", at: nil).error() }
        // A decoder tells what is there only by refusing what is not.
        if let container = try? decoder.container(keyedBy: JSONTreeKey.self) {
            let keys = container.allKeys.map { ByteText($0.stringValue) }.sorted()
            let members = try keys.map { key in
                let inner = try container.superDecoder(forKey: JSONTreeKey(stringValue: key.string))
                return Member(key: key.string, node: try JSONTree(from: inner, depth: depth + 1))
            }
            self.init(.object(members))
        } else if var container = try? decoder.unkeyedContainer() {
            var nodes: [JSONTree] = []
            while !container.isAtEnd {
                nodes.append(try JSONTree(from: container.superDecoder(), depth: depth + 1))
            }
            self.init(.list(nodes))
        } else {
            self.init(Self.scalar(try decoder.singleValueContainer()))
        }
    }

    private static func scalar(_ container: any SingleValueDecodingContainer) -> Value {
        if let text = try? container.decode(String.self) { return .text(text) }
        if container.decodeNil() { return .null }
        if let boolean = try? container.decode(Bool.self) { return .boolean(boolean) }
        if let integer = try? container.decode(Int64.self) { return .number(NumberLiteral(String(integer))) }
        if let integer = try? container.decode(UInt64.self) { return .number(NumberLiteral(String(integer))) }
        if let double = try? container.decode(Double.self) { return JSONTree.number(double).value }
        return .noNumber("a value that no double can hold")
    }

    /// A number as Swift has it.
    static func number(_ double: Double) -> JSONTree {
        guard double.isFinite else { return JSONTree(.noNumber(double.description)) }
        let text = double.description
        let shortest = NumberLiteral(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
        guard shortest.value == nil else { return JSONTree(.number(shortest)) }
        // Of a large whole number only all of its digits say exactly which it is.
        return JSONTree(.number(NumberLiteral(DecimalDigits(exactly: double).description)))
    }

    package func encode(to encoder: any Encoder) throws {
        switch value {
        case .object(let members):
            var container = encoder.container(keyedBy: JSONTreeKey.self)
            for member in members { try container.encode(member.node, forKey: JSONTreeKey(stringValue: member.key)) }
        case .list(let nodes):
            var container = encoder.unkeyedContainer()
            for node in nodes { try container.encode(node) }
        case .text(let text), .noNumber(let text):
            var container = encoder.singleValueContainer()
            try container.encode(text)
        case .number(let number):
            var container = encoder.singleValueContainer()
            if number.survivesEncoder, let integer = number.value.flatMap(Int64.init(exactly:)) {
                try container.encode(integer)
            } else if number.survivesEncoder, let integer = number.value.flatMap(UInt64.init(exactly:)) {
                try container.encode(integer)
            } else if let value = number.value {
                try container.encode(value)
            } else {
                // Its digits say more than the nearest double would.
                try container.encode(number.text.string)
            }
        case .boolean(let boolean):
            var container = encoder.singleValueContainer()
            try container.encode(boolean)
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        }
    }

    /// Whether an encoder that orders keys as it likes, and knows numbers by value only, loses nothing.
    var survivesEncoder: Bool {
        switch value {
        case .object(let members):
            Set(members.map { ByteText($0.key) }).count == members.count && members.allSatisfy(\.node.survivesEncoder)
        case .list(let nodes): nodes.allSatisfy(\.survivesEncoder)
        case .number(let number): number.survivesEncoder
        case .text, .boolean, .null, .noNumber: true
        }
    }
}

extension NumberLiteral {
    /// Whether the number is what an encoder has of it: a double that stands for it or, of whole numbers up to 2⁶⁴, all its
    /// digits, which 233588448164155000 does not share with its double.
    fileprivate var survivesEncoder: Bool {
        guard let value else { return false }
        return UInt64(exactly: value.magnitude) == nil || decimal == DecimalDigits(exactly: value)
    }
}

/// A key of any JSON object.
struct JSONTreeKey: CodingKey {
    let stringValue: String

    init(stringValue: String) {
        self.stringValue = stringValue
    }

    var intValue: Int? { nil }

    init?(intValue: Int) { nil }
}
