extension LeafGrammar {
    func block(_ source: ByteText, at offset: Int?) throws(PatternRefusal) -> CIDRBlock {
        let parts = source.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw refusal(
                "\"\(source.string)\" is no block of addresses; one is written as an address, / and how many bits count, "
                    + "such as 10.0.0.0/8.", at: offset)
        }
        guard let address = IPAddress(parsing: parts[0]) else {
            throw refusal("\"\(Substring(parts[0]))\" is no IP address, such as 10.0.0.0 or 2001:db8::.", at: offset)
        }
        let width = address.family.width
        guard let length = Self.length(parts[1]), length <= width else {
            throw refusal(
                "\"\(Substring(parts[1]))\" is no number of bits from 0 to \(width), as many as the address has, without a zero in front.",
                at: offset)
        }
        return CIDRBlock(source: source, base: address.masked(to: length), length: length)
    }

    private static func length(_ digits: Substring.UTF8View) -> Int? {
        guard 1...3 ~= digits.count, digits.count == 1 || digits.first != UInt8(ascii: "0"),
            digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
        else {
            return nil
        }
        return Int(Substring(digits))
    }
}
