extension PatternField {
    /// How many bytes of memory the alternatives of a pattern take, about: lists and texts of their own.
    static func byteCount(of alternatives: [[PatternField]]) -> Int {
        alternatives.reduce(allocation(of: alternatives)) { bytes, fields in
            fields.reduce(bytes + allocation(of: fields)) { bytes, field in
                field.leaves.reduce(bytes + field.path.byteCount + allocation(of: field.leaves)) { $0 + $1.byteCount }
            }
        }
    }
}

/// What a list takes: what the allocator keeps of it, a header and its elements.
private func allocation<Element>(of list: [Element]) -> Int {
    list.isEmpty ? 0 : (48 + list.capacity * MemoryLayout<Element>.stride + 15) & ~15
}

extension String {
    /// Up to fifteen bytes stand in the string itself.
    fileprivate var byteCount: Int { utf8.count <= 15 ? 0 : (48 + utf8.count + 15) & ~15 }
}

extension [ByteText] {
    fileprivate var byteCount: Int { reduce(allocation(of: self)) { $0 + $1.string.byteCount } }
}

extension PatternLeaf {
    fileprivate var byteCount: Int {
        switch self {
        case .null, .boolean, .exists: 0
        case .text(let text), .prefix(let text, _), .suffix(let text, _), .equalsIgnoringCase(let text):
            text.string.byteCount
        case .number(let number): number.text.string.byteCount
        case .wildcard(let wildcard): wildcard.byteCount
        case .anythingBut(let others): others.byteCount
        case .numeric(let range):
            [range.lower, range.upper].compactMap(\.self).reduce(0) {
                $0 + $1.literal.text.string.byteCount + allocation(of: $1.decimal.digits)
            }
        case .cidr(let block): block.source.string.byteCount
        }
    }
}

extension Wildcard {
    fileprivate var byteCount: Int { source.string.byteCount + segments.byteCount }
}

extension AnythingBut {
    fileprivate var byteCount: Int {
        switch self {
        case .texts(let texts), .prefixes(let texts), .suffixes(let texts), .equalsIgnoringCase(let texts):
            texts.byteCount
        case .numbers(let numbers):
            numbers.reduce(allocation(of: numbers)) { $0 + $1.text.string.byteCount }
        case .wildcards(let wildcards): wildcards.reduce(allocation(of: wildcards)) { $0 + $1.byteCount }
        }
    }
}
