/// Judges one value in the list of a field.
struct LeafGrammar {
    /// The field's path, for messages.
    let path: String

    func leaf(_ node: JSONTree) throws(PatternRefusal) -> PatternLeaf {
        switch node.value {
        case .text(let text): return .text(ByteText(text))
        case .number(let number): return .number(number)
        case .boolean(let boolean): return .boolean(boolean)
        case .null: return .null
        case .object(let members): return try operation(members, at: node.offset)
        case .list:
            throw refusal("A list is inside a list; write the values side by side.", at: node.offset)
        case .noNumber: throw refusal("A value is \(node.kind).", at: node.offset)
        }
    }

    func refusal(_ message: String, at offset: Int?) -> PatternRefusal {
        .malformed(message, path: path, at: offset)
    }

    private func operation(
        _ members: [JSONTree.Member], at offset: Int?
    ) throws(PatternRefusal) -> PatternLeaf {
        let (name, operand) = try onlyMember(members, at: offset)
        guard let name = Operator(rawValue: name.key) else { throw unknown(name.key, at: name.offset) }
        switch name {
        case .prefix: return try affix(name, operand) { .prefix($0, ignoringCase: $1) }
        case .suffix: return try affix(name, operand) { .suffix($0, ignoringCase: $1) }
        case .equalsIgnoreCase: return .equalsIgnoringCase(try text(name, operand))
        case .wildcard: return .wildcard(try wildcard(text(name, operand), at: operand.offset))
        case .anythingBut: return .anythingBut(try anythingBut(operand))
        case .numeric: return .numeric(try numeric(operand))
        case .exists:
            guard case .boolean(let exists) = operand.value else {
                throw refusal("The operator \"exists\" takes true or false, not \(operand.kind).", at: operand.offset)
            }
            return .exists(exists)
        case .cidr: return .cidr(try block(text(name, operand), at: operand.offset))
        }
    }

    /// The member of an object that may have only one.
    func onlyMember(
        _ members: [JSONTree.Member], at offset: Int?
    ) throws(PatternRefusal) -> (JSONTree.Member, JSONTree) {
        guard let member = members.first, members.count == 1 else {
            let found = members.isEmpty ? "none" : members.map(\.key).joined(separator: ", ")
            throw refusal(
                "An operator object has exactly one key, such as {\"prefix\":\"order.\"}; found \(found).",
                at: members.count > 1 ? members[1].offset : offset)
        }
        return (member, member.node)
    }

    func text(_ name: Operator, _ operand: JSONTree) throws(PatternRefusal) -> ByteText {
        guard case .text(let text) = operand.value else {
            throw refusal("The operator \"\(name.rawValue)\" takes text, not \(operand.kind).", at: operand.offset)
        }
        return ByteText(text)
    }

    private func affix(
        _ name: Operator, _ operand: JSONTree, _ leaf: (ByteText, Bool) -> PatternLeaf
    ) throws(PatternRefusal) -> PatternLeaf {
        guard case .object(let members) = operand.value else { return leaf(try text(name, operand), false) }
        let (inner, value) = try onlyMember(members, at: operand.offset)
        guard inner.key == Operator.equalsIgnoreCase.rawValue else {
            throw refusal(
                "The operator \"\(name.rawValue)\" takes text or {\"equals-ignore-case\": text}, not \"\(inner.key)\".",
                at: inner.offset)
        }
        return leaf(try text(.equalsIgnoreCase, value), true)
    }

    private func unknown(_ name: String, at offset: Int?) -> PatternRefusal {
        let all = Operator.allCases.map(\.rawValue)
        guard let nearest = EditDistance.nearest(to: name, among: all) else {
            return refusal("There is no operator \"\(name)\"; there are \(all.joined(separator: ", ")).", at: offset)
        }
        return refusal("There is no operator \"\(name)\"; did you mean \"\(nearest)\"?", at: offset)
    }
}

/// The keys of operator objects.
enum Operator: String, CaseIterable {
    case prefix
    case suffix
    case equalsIgnoreCase = "equals-ignore-case"
    case wildcard
    case anythingBut = "anything-but"
    case numeric
    case exists
    case cidr
}

extension LeafGrammar {
    func block(_ source: ByteText, at offset: Int?) throws(PatternRefusal) -> CIDRBlock {
        let parts = source.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw refusal(
                "\"\(source.string)\" is not a block of addresses; a block is written as an address, / and how many bits count, "
                    + "such as 10.0.0.0/8.", at: offset)
        }
        guard let address = IPAddress(parsing: parts[0]) else {
            throw refusal(
                "\"\(Substring(parts[0]))\" is not an IP address, such as 10.0.0.0 or 2001:db8::.", at: offset)
        }
        let width = address.family.width
        guard let length = Self.length(parts[1]), length <= width else {
            throw refusal(
                "\"\(Substring(parts[1]))\" is not a number of bits from 0 to \(width), as many as the address has, without a zero in front.",
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

extension LeafGrammar {
    func wildcard(_ source: ByteText, at offset: Int?) throws(PatternRefusal) -> Wildcard {
        let star = UInt8(ascii: "*")
        let backslash = UInt8(ascii: "\\")
        var segments: [[UInt8]] = [[]]
        var isAfterStar = false
        var bytes = source.bytes.makeIterator()
        while let byte = bytes.next() {
            if byte == star {
                guard !isAfterStar else {
                    throw refusal("The wildcard \"\(source.string)\" holds **; one * is enough.", at: offset)
                }
                segments.append([])
            } else if byte == backslash {
                guard let escaped = bytes.next(), escaped == star || escaped == backslash else {
                    throw refusal(
                        "In the wildcard \"\(source.string)\" a \\ stands before neither * nor \\; a backslash itself is "
                            + "written \\\\ (in JSON text \\\\\\\\).", at: offset)
                }
                segments[segments.count - 1].append(escaped)
            } else {
                segments[segments.count - 1].append(byte)
            }
            isAfterStar = byte == star
        }
        return Wildcard(source: source, segments: segments.map { ByteText(String(decoding: $0, as: UTF8.self)) })
    }
}
