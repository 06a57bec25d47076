/// A refusal before it is known where its offset lies in lines and columns.
struct PatternRefusal: Error {
    let code: EventPatternError.Code
    let message: String
    let path: String
    /// Bytes from the beginning of the text; nil if there is no text.
    let offset: Int?

    static func malformed(_ message: String, path: String, at offset: Int?) -> PatternRefusal {
        PatternRefusal(code: .malformed, message: message, path: path, offset: offset)
    }

    static func tooComplex(_ message: String, path: String = "", at offset: Int? = nil) -> PatternRefusal {
        PatternRefusal(code: .tooComplex, message: message, path: path, offset: offset)
    }

    /// The refusal as callers see it.
    ///
    /// - Parameter text: What the offset counts in.
    func error(in text: [UInt8] = []) -> EventPatternError {
        EventPatternError(
            code: code, message: message, path: path,
            position: offset.map { EventPatternError.Position(offset: $0, in: text) })
    }
}

extension PatternRefusal {
    static func tooDeep(path: String, at offset: Int?) -> PatternRefusal {
        .tooComplex(
            "Objects and lists are nested more than \(EventPattern.depthLimit) deep; join names by dots instead, as in "
                + "\"data.order.total\".", path: path, at: offset)
    }
}
