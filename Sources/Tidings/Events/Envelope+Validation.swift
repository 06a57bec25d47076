import TidingsRouting

extension Envelope {
    /// Checks what CloudEvents 1.0 asks of attributes, and the bounds of this platform: how long each text is, that it
    /// has no control characters, and that the data is the JSON it says it is.
    ///
    /// Attributes have 1 to 1,024 bytes; `correlationid`, `causationid` and extensions may be empty; `time` has at most 64,
    /// `traceparent` 256, `tracestate` 8,192, and a list, which only `resources` is, 262,144. There are at most 64
    /// extensions.
    /// - Parameter isValidated: whether the data is known to be JSON.
    /// - Throws: ``TidingsError`` with code `invalid`, naming the attribute, or the byte of the data.
    package func validate(isValidated: Bool = false) throws(TidingsError) {
        try Self.check("id", id.rawValue, 1...1024)
        try Self.check("source", source, 1...1024)
        try Self.check("type", type.rawValue, 1...1024)
        if let subject { try Self.check("subject", subject, 1...1024) }
        if let keptTime { try Self.check("time", keptTime, 1...64) }
        if let dataContentType { try Self.check("datacontenttype", dataContentType, 1...1024) }
        if let correlationID { try Self.check("correlationid", correlationID, 0...1024) }
        if let causationID { try Self.check("causationid", causationID.rawValue, 0...1024) }
        if let trace {
            try Self.check("traceparent", trace.parent, 0...256)
            if let state = trace.state { try Self.check("tracestate", state, 0...8192) }
            guard extensions["tracestate"] == nil else {
                throw TidingsError(.invalid, "tracestate is a part of the trace of an event that has one")
            }
        }
        if !isValidated { try validateData() }
        guard !extensions.isEmpty else { return }
        guard extensions.count <= 64 else {
            throw TidingsError(.invalid, "an event has at most 64 extensions, not \(extensions.count)")
        }
        for (name, value) in extensions { try Self.check(name, value) }
        if let time = extensions[Self.notBeforeAttribute], notBefore == nil {
            throw TidingsError(
                .invalid, "notbefore is \(time); it is a time such as 2026-01-31T08:30:00Z, or left out")
        }
    }

    private func validateData() throws(TidingsError) {
        // Without a member for it, an event has no data, whatever its media type.
        guard isJSON, dataForm != .absent else { return }
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
                .invalid,
                "the data of \(type) is not JSON: \(error); other data needs a media type that says what it is")
        }
    }

    private static func check(_ name: String, _ value: ExtensionValue) throws(TidingsError) {
        try check(extensionName: name)
        switch value {
        case .text(let text): try check(name, text, 0...1024)
        case .boolean: break
        case .number(let number):
            try check(name, number, 1...1024)
            guard JSON.isNumber(number) else {
                throw TidingsError(.invalid, "the attribute \(name) is not a number as JSON writes it, such as -1.5e3")
            }
        case .list(let list):
            guard (1...262_144).contains(list.utf8.count) else {
                throw .length(of: name, 1...262_144, found: list.utf8.count)
            }
            guard name == resourcesAttribute, JSON.texts(inListOf: list) != nil else {
                throw TidingsError(
                    .invalid, "the attribute \(name) is a list; only resources is one, of texts, such as [\"order/7\"]")
            }
        }
    }

    private static func check(extensionName name: String) throws(TidingsError) {
        let hyphen = UInt8(ascii: "-")
        guard (1...64).contains(name.utf8.count), name.utf8.first != hyphen, name.utf8.last != hyphen,
            name.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == hyphen })
        else {
            throw TidingsError(
                .invalid,
                "\(String(name.prefix(64)).debugDescription) is not the name of an extension, which has 1 to 64 lower-case "
                    + "letters and digits, and hyphens only between them")
        }
        guard !reservedNames.contains(name) else {
            throw TidingsError(.invalid, "\(name) is a field of every event and cannot be the name of an extension")
        }
    }

    private static func check(_ name: String, _ text: String, _ length: ClosedRange<Int>) throws(TidingsError) {
        guard length.contains(text.utf8.count) else { throw .length(of: name, length, found: text.utf8.count) }
        guard text.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
            throw TidingsError(.invalid, "the attribute \(name) holds a control character")
        }
    }
}

extension TidingsError {
    fileprivate static func length(of name: String, _ length: ClosedRange<Int>, found: Int) -> TidingsError {
        TidingsError(
            .invalid, "the attribute \(name) has \(length.lowerBound) to \(length.upperBound) bytes, not \(found)")
    }
}
