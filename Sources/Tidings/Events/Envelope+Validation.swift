import TidingsRouting

extension Envelope {
    /// Checks what CloudEvents 1.0 asks of attributes, and the bounds of this platform: texts of at most 1,024 bytes
    /// without control characters, at most 64 extensions named by lower-case letters and digits, and data that is the
    /// JSON it says it is.
    /// - Parameter isValidated: whether the data is known to be JSON.
    /// - Throws: ``TidingsError`` with code `invalid`, naming the attribute, or the byte of the data.
    package func validate(isValidated: Bool = false) throws(TidingsError) {
        try Self.check("id", id.rawValue)
        try Self.check("source", source)
        try Self.check("type", type.rawValue)
        if let subject { try Self.check("subject", subject) }
        if let dataContentType { try Self.check("datacontenttype", dataContentType) }
        if !isValidated { try validateData() }
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

    /// Whether the data is JSON, as it is unless ``dataContentType`` says otherwise.
    package var isJSON: Bool {
        guard let dataContentType else { return true }
        let type = dataContentType.prefix { $0 != ";" }.lowercased()
        return type == "application/json" || type.hasSuffix("+json")
    }

    private func validateData() throws(TidingsError) {
        guard isJSON, !data.isEmpty else { return }
        let error = data.withUnsafeBytes { bytes in
            do throws(JSONError) {
                try JSON.validate(bytes.bytes)
                return JSONError?.none
            } catch {
                return error
            }
        }
        if let error {
            throw TidingsError(
                .invalid, "the data of \(type) is no JSON: \(error); what is none says so by its media type")
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
