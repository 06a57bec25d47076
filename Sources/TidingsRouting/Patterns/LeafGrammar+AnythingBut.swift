extension LeafGrammar {
    func anythingBut(_ operand: JSONTree) throws(PatternRefusal) -> AnythingBut {
        switch operand.value {
        case .object(let members): return try anythingBut(members, at: operand.offset)
        case .list(let nodes):
            guard let first = nodes.first else { throw .emptyList(path: path, at: operand.offset) }
            if case .number = first.value { return .numbers(try numbers(nodes)) }
            return .texts(try texts(nodes, named: .anythingBut))
        case .text(let text): return .texts([ByteText(text)])
        case .number(let number): return .numbers([number])
        case .boolean, .null, .noNumber:
            throw refusal(
                "The operator \"anything-but\" takes text, a number, a list of one kind, or an object such as "
                    + "{\"prefix\":\"x\"}, not \(operand.kind).", at: operand.offset)
        }
    }

    private func anythingBut(
        _ members: [JSONTree.Member], at offset: Int?
    ) throws(PatternRefusal) -> AnythingBut {
        let (member, operand) = try onlyMember(members, at: offset)
        let name = Operator(rawValue: member.key)
        switch name {
        case .prefix: return .prefixes(try nonEmptyTexts(operand, named: .prefix))
        case .suffix: return .suffixes(try nonEmptyTexts(operand, named: .suffix))
        case .equalsIgnoreCase: return .equalsIgnoringCase(try texts(operand, named: .equalsIgnoreCase).map(\.text))
        case .wildcard:
            var wildcards: [Wildcard] = []
            for (text, offset) in try texts(operand, named: .wildcard) {
                wildcards.append(try wildcard(text, at: offset))
            }
            return .wildcards(wildcards)
        case .anythingBut, .numeric, .exists, .cidr, nil:
            throw refusal(
                "In \"anything-but\" may stand prefix, suffix, equals-ignore-case or wildcard, not \"\(member.key)\".",
                at: member.offset)
        }
    }

    /// Everything begins and ends with the empty text, so that nothing would be left.
    private func nonEmptyTexts(_ operand: JSONTree, named name: Operator) throws(PatternRefusal) -> [ByteText] {
        let texts = try texts(operand, named: name)
        for (text, offset) in texts where text.bytes.isEmpty {
            throw refusal(
                "The empty text is a \(name.rawValue) of every text; nothing would be left to match.", at: offset)
        }
        return texts.map(\.text)
    }

    private func texts(
        _ operand: JSONTree, named name: Operator
    ) throws(PatternRefusal) -> [(text: ByteText, offset: Int?)] {
        guard case .list(let nodes) = operand.value else { return [(try text(name, operand), operand.offset)] }
        guard !nodes.isEmpty else { throw .emptyList(path: path, at: operand.offset) }
        return Array(zip(try texts(nodes, named: name), nodes.map(\.offset)))
    }

    private func texts(_ nodes: [JSONTree], named name: Operator) throws(PatternRefusal) -> [ByteText] {
        var texts: [ByteText] = []
        for node in nodes {
            guard case .text(let text) = node.value else {
                throw mixed(name, expected: name == .anythingBut ? "texts only or numbers only" : "texts only", node)
            }
            texts.append(ByteText(text))
        }
        return texts
    }

    private func numbers(_ nodes: [JSONTree]) throws(PatternRefusal) -> [NumberLiteral] {
        var numbers: [NumberLiteral] = []
        for node in nodes {
            guard case .number(let number) = node.value else {
                throw mixed(.anythingBut, expected: "texts only or numbers only", node)
            }
            numbers.append(number)
        }
        return numbers
    }

    private func mixed(_ name: Operator, expected: String, _ node: JSONTree) -> PatternRefusal {
        refusal("The list of \"\(name.rawValue)\" holds \(expected); here is \(node.kind).", at: node.offset)
    }
}
