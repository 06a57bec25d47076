/// JSON texts as bytes, by RFC 8259: validated and looked into without building a tree.
public enum JSON {
    /// How many objects and arrays may stand inside each other.
    public static let maximumDepth = 512

    /// Validates a text: one value of any kind, with nothing but white space around it.
    ///
    /// Strict: UTF-8 without a byte order mark, escapes, surrogates in pairs, numbers as the grammar has them, at most
    /// ``maximumDepth`` levels. Names that come twice in one object are allowed.
    ///
    /// - Parameter text: The bytes of the text.
    /// - Throws: What is wrong first, and at which byte. Trying again cannot help.
    /// - Complexity: Linear in the bytes; nothing is allocated.
    public static func validate(_ text: RawSpan) throws(JSONError) {
        // Typed throws do not go through the library's closures.
        let result: Result<Void, JSONError> = text.withUnsafeBytes { bytes in
            do throws(JSONError) {
                var cursor = JSONCursor(bytes)
                try cursor.validValue()
                try cursor.finish()
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Whether a text is a number by the grammar of RFC 8259, with nothing around it.
    package static func isNumber(_ text: String) -> Bool {
        Array(text.utf8).withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            guard !bytes.isEmpty, (try? cursor.validNumber()) != nil else { return false }
            return cursor.position == cursor.end
        }
    }

    /// Validates a text: one value of any kind, with nothing but white space around it.
    ///
    /// - Parameter text: The bytes of the text.
    /// - Throws: What is wrong first, and at which byte. Trying again cannot help.
    public static func validate(_ text: [UInt8]) throws(JSONError) {
        let result: Result<Void, JSONError> = text.withUnsafeBytes { bytes in
            do throws(JSONError) {
                try validate(bytes.bytes)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }
}
