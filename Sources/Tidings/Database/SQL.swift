/// A statement whose interpolated values travel beside the text, never inside it.
///
/// ```swift
/// try transaction.query("SELECT stock FROM products WHERE id = \(productID)")
/// ```
public struct SQL: Sendable, ExpressibleByStringInterpolation {
    /// A piece of a statement.
    package enum Piece: Sendable {
        case text(String)
        case value(SQLValue)
    }

    package private(set) var pieces: [Piece]

    /// Makes a statement without values.
    public init(stringLiteral text: String) {
        pieces = [.text(text)]
    }

    /// Makes a statement from text that the platform wrote itself.
    init(raw text: String) {
        pieces = [.text(text)]
    }

    /// Makes a statement from its interpolation.
    public init(stringInterpolation interpolation: Interpolation) {
        pieces = interpolation.pieces
    }

    /// The text with a placeholder for each value, and the values in order.
    /// - Parameter placeholder: what stands for the value of that number, counted from 1: `?`, or `$1`.
    public func rendered(placeholder: (Int) -> String) -> (text: String, values: [SQLValue]) {
        if case .text(let text)? = pieces.first, pieces.count == 1 { return (text, []) }
        var text = ""
        var values: [SQLValue] = []
        for piece in pieces {
            switch piece {
            case .text(let part):
                text += part
            case .value(let value):
                values.append(value)
                text += placeholder(values.count)
            }
        }
        return (text, values)
    }

    /// Collects what stands in a statement's literal.
    public struct Interpolation: StringInterpolationProtocol {
        fileprivate var pieces: [Piece] = []

        /// Makes an empty collection.
        public init(literalCapacity: Int, interpolationCount: Int) {
            pieces.reserveCapacity(interpolationCount * 2 + 1)
        }

        /// A piece of the statement's own text.
        public mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { pieces.append(.text(literal)) }
        }

        /// A value.
        public mutating func appendInterpolation(_ value: some SQLValueConvertible) {
            pieces.append(.value(value.sqlValue))
        }

        /// A value, or `NULL`.
        public mutating func appendInterpolation<Value: SQLValueConvertible>(_ value: Value?) {
            pieces.append(.value(value.sqlValue))
        }

        /// Values separated by commas, for `IN (…)`; at least one.
        public mutating func appendInterpolation(list values: [some SQLValueConvertible]) {
            for (index, value) in values.enumerated() {
                if index > 0 { pieces.append(.text(", ")) }
                pieces.append(.value(value.sqlValue))
            }
        }

        /// A part of a statement.
        public mutating func appendInterpolation(_ part: SQL) {
            pieces.append(contentsOf: part.pieces)
        }
    }
}
