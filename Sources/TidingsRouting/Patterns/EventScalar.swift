/// A leaf of an event: what a value of a pattern is compared with.
package enum EventScalar: Hashable, Sendable {
    case null
    case boolean(Bool)
    case number(NumberLiteral)
    case text(ByteText)
}
