/// What a value must not be. Values of another type than what is listed are always something else.
package enum AnythingBut: Hashable, Sendable {
    case texts([ByteText])
    case numbers([NumberLiteral])
    case prefixes([ByteText])
    case suffixes([ByteText])
    case equalsIgnoringCase([ByteText])
    case wildcards([Wildcard])
}
