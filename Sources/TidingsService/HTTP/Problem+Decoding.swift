import HTTPTypes
import TidingsRouting

extension Problem {
    /// What is wrong with a body, from what the decoder says of it.
    package init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self = .invalidField(Self.pointer(context.codingPath + [key]), "`\(key.stringValue)` is required")
        case .valueNotFound(_, let context):
            self = .invalidField(Self.pointer(context.codingPath), "null is not allowed here")
        case .typeMismatch(let type, let context):
            self = .invalidField(Self.pointer(context.codingPath), "expected \(Self.name(of: type))")
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            self = .malformedJSON(nil)
        case .dataCorrupted(let context):
            self = .invalidField(Self.pointer(context.codingPath), context.debugDescription)
        @unknown default:
            self = .malformedJSON(nil)
        }
    }

    /// A body that the scanner refuses, or the decoder after it.
    static func malformedJSON(_ error: JSONError?) -> Problem {
        Problem(
            .badRequest, "malformed-json", "The body is not strict JSON",
            detail: (error.map { "\($0) " } ?? "") + "The body must be one JSON object in UTF-8.")
    }

    private static func pointer(_ path: [any CodingKey]) -> String {
        path.map { key in
            let segment = key.intValue.map(String.init) ?? key.stringValue
            return "/" + segment.replacing("~", with: "~0").replacing("/", with: "~1")
        }.joined()
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is any FixedWidthInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is Bool.Type: "true or false"
        case is [Any].Type: "an array"
        default: "\(type)".hasPrefix("Array") ? "an array" : "an object"
        }
    }
}
