/// One row of the result of a query; values are read by the names of columns.
public struct SQLRow: Sendable {
    private let columns: [String]
    private let values: [SQLValue]

    /// Makes a row; for those who write an engine. There are as many columns as values. One array of columns serves all
    /// rows of a result.
    public init(columns: [String], values: [SQLValue]) {
        self.columns = columns
        self.values = values
    }

    /// The value of a column.
    /// - Throws: ``TidingsError`` with code `statement` if there is no such column or its value is of another kind.
    public func value<Value: SQLValueConvertible>(
        _ column: String, as type: Value.Type = Value.self
    ) throws(TidingsError)
        -> Value
    {
        guard let index = columns.firstIndex(of: column) else {
            throw TidingsError(
                .statement, "the answer has no column \(column), only \(columns.joined(separator: ", "))")
        }
        guard let value = Value(sqlValue: values[index]) else {
            throw TidingsError(.statement, "column \(column) holds no \(Value.self)")
        }
        return value
    }

    /// Reads an envelope that was kept in a column of bytes.
    func envelope(_ column: String) throws(TidingsError) -> Envelope {
        try Envelope(binary: bytes(column))
    }

    /// Reads a column of bytes.
    func bytes(_ column: String) throws(TidingsError) -> ArraySlice<UInt8> {
        guard case .blob(let bytes) = try value(column, as: SQLValue.self) else {
            throw TidingsError(.corrupt, "column \(column) holds no bytes")
        }
        return bytes[...]
    }
}
