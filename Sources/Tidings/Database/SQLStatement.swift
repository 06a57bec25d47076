/// A statement whose interpolated values travel beside the text, never inside it.
///
/// ```swift
/// try transaction.query("SELECT stock FROM products WHERE id = \(productID)")
/// ```
///
/// A statement can be a part of another one: `"\(select) WHERE id = \(id)"`.
public struct SQLStatement: Sendable, ExpressibleByStringInterpolation {
    /// The text, with `?` for each value.
    package private(set) var text: String
    /// The values, in their order.
    package private(set) var values: [SQLValue] = []
    /// Where the `?` of each value stands in the UTF-8 of ``text``.
    private var places: [Int] = []

    /// Makes a statement without values. A `?` in the text gets no value.
    public init(stringLiteral text: String) {
        self.text = text
    }

    /// Makes a statement whose interpolated values are passed beside its text; used by the compiler.
    public init(stringInterpolation interpolation: Interpolation) {
        self = interpolation.statement
    }

    private init(capacity: Int) {
        text = ""
        text.reserveCapacity(capacity)
    }

    private mutating func append(_ value: SQLValue) {
        places.append(text.utf8.count)
        text += "?"
        values.append(value)
    }

    private mutating func append(_ part: SQLStatement) {
        let offset = text.utf8.count
        text += part.text
        places += part.places.map { $0 + offset }
        values += part.values
    }

    /// The text with a placeholder for each value, and the values in order; for those who write an engine.
    /// - Parameter placeholder: what stands for the value of that number, counted from 1: `$1`.
    public func rendered(placeholder: (Int) -> String) -> (text: String, values: [SQLValue]) {
        var rendered = ""
        var rest = text.utf8[...]
        for (number, place) in places.enumerated() {
            let end = text.utf8.index(text.utf8.startIndex, offsetBy: place)
            rendered += String(Substring(rest[..<end])) + placeholder(number + 1)
            rest = rest[text.utf8.index(after: end)...]
        }
        return (rendered + String(Substring(rest)), values)
    }

    /// Collects what stands in a statement's literal.
    public struct Interpolation: StringInterpolationProtocol {
        fileprivate var statement: SQLStatement

        /// Begins a statement; used by the compiler.
        public init(literalCapacity: Int, interpolationCount: Int) {
            statement = SQLStatement(capacity: literalCapacity + interpolationCount)
        }

        /// Appends a piece of the statement's own text.
        public mutating func appendLiteral(_ literal: String) {
            statement.text += literal
        }

        /// Appends a value; the text gets a placeholder.
        public mutating func appendInterpolation(_ value: some SQLValueConvertible) {
            statement.append(value.sqlValue)
        }

        /// Appends a value, or `NULL`.
        public mutating func appendInterpolation<Value: SQLValueConvertible>(_ value: Value?) {
            statement.append(value.sqlValue)
        }

        /// Appends values separated by commas, for `IN (…)`; at least one.
        public mutating func appendInterpolation(list values: [some SQLValueConvertible]) {
            for (index, value) in values.enumerated() {
                if index > 0 { statement.text += ", " }
                statement.append(value.sqlValue)
            }
        }

        /// Appends a part of a statement, with its values.
        public mutating func appendInterpolation(_ part: SQLStatement) {
            statement.append(part)
        }
    }
}
