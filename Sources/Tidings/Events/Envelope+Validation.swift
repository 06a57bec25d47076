extension Envelope {
    /// Checks what CloudEvents 1.0 asks of attributes, and the bounds of this platform: texts of at most 1,024 bytes
    /// without control characters, and at most 64 extensions named by lower-case letters and digits.
    /// - Throws: ``TidingsError`` with code `invalid`, naming the attribute.
    package func validate() throws(TidingsError) {
        try Self.check("id", id.rawValue)
        try Self.check("source", source)
        try Self.check("type", type.rawValue)
        if let subject { try Self.check("subject", subject) }
        guard !extensions.isEmpty else { return }
        guard extensions.count <= 64 else {
            throw TidingsError(.invalid, "an event has at most 64 extensions, not \(extensions.count)")
        }
        for (name, value) in extensions {
            guard (1...64).contains(name.utf8.count),
                name.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) })
            else { throw TidingsError(.invalid, "the name of an extension is of lower-case letters and digits only") }
            try Self.check(name, value)
        }
    }

    private static func check(_ name: String, _ text: String) throws(TidingsError) {
        guard (1...1024).contains(text.utf8.count) else {
            throw TidingsError(.invalid, "the attribute \(name) has 1 to 1,024 bytes, not \(text.utf8.count)")
        }
        guard text.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
            throw TidingsError(.invalid, "the attribute \(name) holds a control character")
        }
    }
}
