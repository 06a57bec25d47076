/// A value in one of the five kinds that all supported databases have.
public enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

/// A type whose values can be interpolated into a statement and read from a row.
public protocol SQLValueConvertible {
    /// The value as the database stores it.
    var sqlValue: SQLValue { get }

    /// Reads a value; `nil` when it is of another kind.
    init?(sqlValue: SQLValue)
}

extension SQLValue: SQLValueConvertible {
    /// The value itself.
    public var sqlValue: SQLValue { self }

    /// Reads a value; `nil` when it is of another kind.
    public init?(sqlValue: SQLValue) { self = sqlValue }
}

extension String: SQLValueConvertible {
    /// The text, stored as `TEXT`.
    public var sqlValue: SQLValue { .text(self) }

    /// Reads a value; `nil` when it is of another kind.
    public init?(sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self = text
    }
}

extension Int64: SQLValueConvertible {
    /// The number, stored as an integer of 64 bits.
    public var sqlValue: SQLValue { .integer(self) }

    /// Reads a value; `nil` when it is of another kind.
    public init?(sqlValue: SQLValue) {
        guard case .integer(let number) = sqlValue else { return nil }
        self = number
    }
}

extension Int: SQLValueConvertible {
    /// The number, stored as an integer of 64 bits.
    public var sqlValue: SQLValue { .integer(Int64(self)) }

    /// Reads a value; `nil` when it is of another kind.
    public init?(sqlValue: SQLValue) {
        guard case .integer(let number) = sqlValue else { return nil }
        self.init(exactly: number)
    }
}

extension Double: SQLValueConvertible {
    /// The number, stored as a floating-point number of 64 bits.
    public var sqlValue: SQLValue { .real(self) }

    /// Reads a value; `nil` when it is of another kind.
    public init?(sqlValue: SQLValue) {
        switch sqlValue {
        case .real(let number): self = number
        case .integer(let number): self.init(exactly: number)
        default: return nil
        }
    }
}

extension Bool: SQLValueConvertible {
    /// Stored as the integer 1 or 0.
    public var sqlValue: SQLValue { .integer(self ? 1 : 0) }

    /// Reads a value; `nil` when it is of another kind.
    public init?(sqlValue: SQLValue) {
        guard case .integer(let number) = sqlValue else { return nil }
        self = number != 0
    }
}

extension Timestamp: SQLValueConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public var sqlValue: SQLValue { .integer(microseconds) }

    /// Reads a value; `nil` when it is of another kind.
    public init?(sqlValue: SQLValue) {
        guard case .integer(let number) = sqlValue else { return nil }
        self.init(microseconds: number)
    }
}

extension Optional: SQLValueConvertible where Wrapped: SQLValueConvertible {
    /// The wrapped value, or `NULL`.
    public var sqlValue: SQLValue { self?.sqlValue ?? .null }

    /// Reads a value; `nil` when it is of another kind.
    public init?(sqlValue: SQLValue) {
        if case .null = sqlValue {
            self = .none
        } else {
            guard let wrapped = Wrapped(sqlValue: sqlValue) else { return nil }
            self = wrapped
        }
    }
}

extension SQLValueConvertible where Self: RawRepresentable, RawValue: SQLValueConvertible {
    /// The raw value.
    public var sqlValue: SQLValue { rawValue.sqlValue }

    /// Reads a value; `nil` when it is of another kind.
    public init?(sqlValue: SQLValue) {
        guard let raw = RawValue(sqlValue: sqlValue) else { return nil }
        self.init(rawValue: raw)
    }
}

extension EventID: SQLValueConvertible {}
extension EventType: SQLValueConvertible {}
