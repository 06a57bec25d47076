/// One value in a pattern's list.
package enum PatternLeaf: Hashable, Sendable {
    case null
    case boolean(Bool)
    case text(ByteText)
    case number(NumberLiteral)
    case prefix(ByteText, ignoringCase: Bool)
    case suffix(ByteText, ignoringCase: Bool)
    case equalsIgnoringCase(ByteText)
    case wildcard(Wildcard)
    case anythingBut(AnythingBut)
    case numeric(NumericRange)
    case exists(Bool)
    case cidr(CIDRBlock)
}
