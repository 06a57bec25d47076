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

/// What a value must not be. Values of another type than what is listed are always something else.
package enum AnythingBut: Hashable, Sendable {
    case texts([ByteText])
    case numbers([NumberLiteral])
    case prefixes([ByteText])
    case suffixes([ByteText])
    case equalsIgnoringCase([ByteText])
    case wildcards([Wildcard])
}
