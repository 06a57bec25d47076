extension IPAddress {
    /// Reads an address: version 4 as four decimal numbers joined by points, none with a leading zero; version 6 as RFC
    /// 4291 section 2.2 has it, without a zone.
    ///
    /// - Parameter text: The whole address.
    package init?(parsing text: some BidirectionalCollection<UInt8>) {
        if let bits = Self.v4(text) {
            self.init(family: .v4, bits: UInt128(bits))
        } else if let bits = Self.v6(text) {
            self.init(family: .v6, bits: bits)
        } else {
            return nil
        }
    }

    private static func v4(_ text: some BidirectionalCollection<UInt8>) -> UInt32? {
        guard 7...15 ~= text.count else { return nil }
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard 1...3 ~= part.count, part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            var number: UInt32 = 0
            for byte in part {
                guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else { return nil }
                number = number * 10 + UInt32(byte - UInt8(ascii: "0"))
            }
            guard number <= 255 else { return nil }
            bits = bits << 8 | number
        }
        return bits
    }

    private static func v6(_ text: some BidirectionalCollection<UInt8>) -> UInt128? {
        guard 2...45 ~= text.count else { return nil }
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard 3...9 ~= parts.count else { return nil }
        var groups: [UInt16] = []
        /// Where `::` stands for zeros.
        var gap: Int?
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            if part.isEmpty {
                // At an end only as half of `::`; inside it is the whole of it, once.
                if index == 0 {
                    guard parts[1].isEmpty else { return nil }
                } else if isLast {
                    guard parts[index - 1].isEmpty else { return nil }
                } else {
                    guard gap == nil else { return nil }
                    gap = groups.count
                }
            } else if isLast, let bits = v4(part) {
                groups += [UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits)]
            } else {
                guard part.count <= 4, let group = hexadecimal(part) else { return nil }
                groups.append(group)
            }
        }
        guard gap == nil ? groups.count == 8 : groups.count < 8 else { return nil }
        if let gap { groups.insert(contentsOf: Array(repeating: 0, count: 8 - groups.count), at: gap) }
        return groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    private static func hexadecimal(_ digits: some Sequence<UInt8>) -> UInt16? {
        var number: UInt16 = 0
        for byte in digits {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            number = number << 4 | UInt16(digit)
        }
        return number
    }
}
