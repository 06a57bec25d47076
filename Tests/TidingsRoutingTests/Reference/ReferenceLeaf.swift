#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A value in the list of a pattern's field, as the JSON that it is.
struct ReferenceLeaf {
    let value: ReferenceValue

    /// Whether a scalar of an event is what the value asks for.
    func holds(for scalar: ReferenceValue) -> Bool {
        switch (value, scalar) {
        case (.number(let wanted), .number(let found)): ReferenceNumber(wanted) == ReferenceNumber(found)
        case (.object(let members), _): holds(members[0].name, members[0].value, scalar)
        default: value == scalar
        }
    }

    /// Whether the value asks that there be none.
    var wantsAbsence: Bool {
        value == .object([ReferenceValue.Member(name: Array("exists".utf8), value: .boolean(false))])
    }

    private func holds(_ name: [UInt8], _ operand: ReferenceValue, _ scalar: ReferenceValue) -> Bool {
        switch (String(decoding: name, as: UTF8.self), operand, scalar) {
        case ("exists", .boolean(let exists), _): exists
        case ("anything-but", _, _): holds(anythingBut: operand, scalar)
        case ("numeric", .array(let bounds), .number(let number)): holds(bounds, ReferenceNumber(number))
        case ("cidr", .text(let block), .text(let text)): Self.isIn(block, text)
        case ("wildcard", .text(let wildcard), .text(let text)): Self.matches(wildcard[...], text[...])
        case ("equals-ignore-case", .text(let wanted), .text(let text)): Self.folded(wanted) == Self.folded(text)
        case ("prefix", .text(let prefix), .text(let text)): text.starts(with: prefix)
        case ("suffix", .text(let suffix), .text(let text)): text.reversed().starts(with: suffix.reversed())
        case ("prefix", .object(let inner), .text(let text)):
            if case .text(let prefix) = inner[0].value {
                Self.folded(text).starts(with: Self.folded(prefix))
            } else {
                false
            }
        case ("suffix", .object(let inner), .text(let text)):
            if case .text(let suffix) = inner[0].value {
                Self.folded(text).reversed().starts(with: Self.folded(suffix).reversed())
            } else {
                false
            }
        default: false
        }
    }

    private func holds(anythingBut operand: ReferenceValue, _ scalar: ReferenceValue) -> Bool {
        switch operand {
        case .array(let others): others.allSatisfy { holds(anythingBut: $0, scalar) }
        case .object(let members):
            if case .array(let others) = members[0].value {
                !others.contains { holds(members[0].name, $0, scalar) }
            } else {
                !holds(members[0].name, members[0].value, scalar)
            }
        case .number(let refused):
            if case .number(let found) = scalar {
                ReferenceNumber(refused).order(to: ReferenceNumber(found)) != 0
            } else {
                true
            }
        default: !ReferenceLeaf(value: operand).holds(for: scalar)
        }
    }

    private func holds(_ bounds: [ReferenceValue], _ number: ReferenceNumber) -> Bool {
        stride(from: 0, to: bounds.count, by: 2).allSatisfy { index in
            guard case .text(let name) = bounds[index], case .number(let bound) = bounds[index + 1] else {
                return false
            }
            let order = number.order(to: ReferenceNumber(bound))
            return switch String(decoding: name, as: UTF8.self) {
            case "=": order == 0
            case "<": order < 0
            case "<=": order <= 0
            case ">": order > 0
            default: order >= 0
            }
        }
    }

    /// Whether a text has the form of a wildcard, tried at every place.
    private static func matches(_ wildcard: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        // Which beginnings of the text the wildcard so far has the form of.
        var reached = Set([text.startIndex])
        var rest = wildcard
        while var byte = rest.popFirst() {
            if byte == UInt8(ascii: "*") {
                reached = Set(reached.min().map { $0...text.endIndex } ?? 0...0)
                continue
            }
            if byte == UInt8(ascii: "\\") { byte = rest.popFirst() ?? byte }
            reached = Set(reached.filter { $0 < text.endIndex && text[$0] == byte }.map { $0 + 1 })
            if reached.isEmpty { return false }
        }
        return reached.contains(text.endIndex)
    }

    /// Simple case folding, by way of the capital letter where that is one letter.
    private static func folded(_ text: [UInt8]) -> [Unicode.Scalar] {
        String(decoding: text, as: UTF8.self).unicodeScalars.map { scalar in
            // A dotless i has a capital with a dot's small letter, but folds to itself.
            guard scalar != "ı" else { return scalar }
            let upper = scalar.properties.uppercaseMapping.unicodeScalars
            let lower = (upper.count == 1 ? upper.first ?? scalar : scalar).properties.lowercaseMapping.unicodeScalars
            return lower.count == 1 ? lower.first ?? scalar : scalar
        }
    }

    /// Whether a text is an address in a block, as the C library reads addresses.
    private static func isIn(_ block: [UInt8], _ text: [UInt8]) -> Bool {
        let parts = block.split(separator: UInt8(ascii: "/"))
        guard let base = address(Array(parts[0])), let found = address(text), base.count == found.count,
            let length = Int(String(decoding: parts[1], as: UTF8.self))
        else {
            return false
        }
        return (0..<length).allSatisfy { bit in (base[bit / 8] ^ found[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0 }
    }

    private static func address(_ text: [UInt8]) -> [UInt8]? {
        guard !text.contains(0) else { return nil }
        let string = String(decoding: text, as: UTF8.self)
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, string, &bytes) == 1 { return bytes }
        }
        return nil
    }
}
