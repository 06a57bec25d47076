import Foundation

extension String {
    /// Whether the text is in Unicode's normal form C and has no control characters and line separators.
    ///
    /// Names are told apart by their bytes. One that a person types is to be refused unless it is normal: written in another
    /// way it would be another name that looks the same. Texts of ASCII, which are the usual ones, are normal as soon as they
    /// have no control characters.
    public var isNormalText: Bool {
        if utf8.allSatisfy({ (32..<127).contains($0) }) { return true }
        let isPrintable = unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
        return isPrintable && utf8.elementsEqual(precomposedStringWithCanonicalMapping.utf8)
    }
}
