/// A JSON value that an explanation quotes from a pattern or an event.
public struct ExplainedValue: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The value as JSON, on one line.
    public let description: String
    private let tree: JSONTree

    init(_ tree: JSONTree) {
        self.tree = tree
        description = tree.json
    }

    /// Reads any JSON value.
    ///
    /// - Parameter decoder: The decoder to read from.
    /// - Throws: What the decoder throws.
    public init(from decoder: any Decoder) throws {
        self.init(try JSONTree(from: decoder))
    }

    /// Writes the value as a part of the JSON around it.
    ///
    /// - Parameter encoder: The encoder to write to.
    /// - Throws: Only what the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        try tree.encode(to: encoder)
    }

    /// Whether the values are written in the same way, byte by byte.
    public static func == (left: ExplainedValue, right: ExplainedValue) -> Bool {
        left.description.utf8.elementsEqual(right.description.utf8)
    }

    /// Feeds the value's JSON into a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(ByteText(description))
    }
}
