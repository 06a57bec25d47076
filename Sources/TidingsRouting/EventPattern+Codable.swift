extension EventPattern: Codable {
    /// Reads the JSON form.
    ///
    /// - Parameter decoder: A decoder of JSON, or of anything with objects, arrays and text.
    /// - Throws: ``EventPatternError`` for what is no pattern, with the path of the field. Text that is no JSON at all
    ///   is the decoder's to refuse, with an error of its own.
    public init(from decoder: any Decoder) throws {
        try self.init(parsing: PatternNode(from: decoder))
    }

    /// Writes the JSON form; reading it back gives an equal pattern.
    ///
    /// - Parameter encoder: The encoder to write to.
    /// - Throws: Only what the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: PatternKey.self)
        for field in fields {
            var list = container.nestedUnkeyedContainer(forKey: PatternKey(stringValue: field.path))
            for leaf in field.leaves {
                if let name = leaf.operatorName {
                    var object = list.nestedContainer(keyedBy: PatternKey.self)
                    try object.encode(leaf.text.string, forKey: PatternKey(stringValue: name))
                } else {
                    try list.encode(leaf.text.string)
                }
            }
        }
    }
}
