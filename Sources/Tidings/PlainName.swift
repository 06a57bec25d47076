/// Names that a person gives, in code or in a request, and types again elsewhere: of consumer groups, sagas, products.
///
/// Identifiers are compared by their bytes, so a name that can be written in two ways would be two things that look alike.
/// What events bring from elsewhere is not refused: it is taken, and told apart, byte for byte.
package enum PlainName {
    /// Refuses a name that could be written otherwise, or that a line of a log could not show: one with control characters,
    /// line separators, combining marks, conjoining Hangul or characters that normal form C replaces.
    ///
    /// That is stricter than normal form C, which needs tables that the standard library does not have: some scripts write
    /// marks that have no composed form. Names in code can do without.
    /// - Parameters:
    ///   - what: what bears the name, for the message.
    ///   - code: the code of the error.
    /// - Throws: ``TidingsError``, naming the character.
    package static func check(
        _ name: String, as what: String, code: TidingsError.Code = .invalid
    ) throws(TidingsError) {
        guard let (scalar, reason) = fault(in: name) else { return }
        throw TidingsError(
            code,
            """
            \(what) is \(name.debugDescription), in which U+\(hexadecimal(scalar)) is \(reason); it must be plain text, each \
            character as a single code point (normal form C)
            """)
    }

    private static func fault(in name: String) -> (Unicode.Scalar, String)? {
        if name.utf8.allSatisfy({ (32..<127).contains($0) }) { return nil }
        for scalar in name.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control: return (scalar, "a control character")
            case .lineSeparator, .paragraphSeparator: return (scalar, "a line separator")
            case .nonspacingMark, .spacingMark, .enclosingMark: return (scalar, "a combining mark")
            default: break
            }
            if (0x1160...0x11FF).contains(scalar.value) { return (scalar, "a part of a Hangul syllable") }
            if scalar.properties.isFullCompositionExclusion { return (scalar, "another way to write a character") }
        }
        return nil
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
