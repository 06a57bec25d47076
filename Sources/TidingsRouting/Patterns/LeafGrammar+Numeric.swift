extension LeafGrammar {
    func numeric(_ operand: JSONTree) throws(PatternRefusal) -> NumericRange {
        guard case .list(let nodes) = operand.value else {
            throw refusal(
                "The operator \"numeric\" takes a list such as [\">\", 0, \"<=\", 5], not \(operand.kind).",
                at: operand.offset)
        }
        guard nodes.count == 2 || nodes.count == 4 else {
            throw refusal(
                "The list of \"numeric\" is an operator and a number, or a lower and an upper bound, such as "
                    + "[\">\", 0, \"<=\", 5]; here \(nodes.count == 1 ? "is 1 value" : "are \(nodes.count) values").",
                at: nodes.count > 4 ? nodes[4].offset : operand.offset)
        }
        let first = try comparison(nodes[0])
        let number = try bound(nodes[1], isInclusive: first != "<" && first != ">")
        guard nodes.count == 4 else {
            switch first {
            case "=": return NumericRange(lower: number, upper: number)
            case "<", "<=": return NumericRange(lower: nil, upper: number)
            default: return NumericRange(lower: number, upper: nil)
            }
        }
        guard first.hasPrefix(">") else {
            throw refusal(
                "A range begins with its lower bound, \">\" or \">=\", not \"\(first)\".", at: nodes[0].offset)
        }
        return try range(from: number, nodes[2], nodes[3])
    }

    private func range(
        from lower: NumericRange.Bound, _ comparison: JSONTree, _ number: JSONTree
    ) throws(PatternRefusal) -> NumericRange {
        let second = try self.comparison(comparison)
        guard second.hasPrefix("<") else {
            throw refusal(
                "A range ends with its upper bound, \"<\" or \"<=\", not \"\(second)\".", at: comparison.offset)
        }
        let upper = try bound(number, isInclusive: second == "<=")
        guard lower.decimal < upper.decimal else {
            throw refusal(
                "The bottom of a range must be less than its top, but \(lower.literal.text.string) is not less than "
                    + "\(upper.literal.text.string).", at: number.offset)
        }
        return NumericRange(lower: lower, upper: upper)
    }

    private func comparison(_ node: JSONTree) throws(PatternRefusal) -> String {
        guard case .text(let name) = node.value, ["=", "<", "<=", ">", ">="].contains(name) else {
            let found = if case .text(let text) = node.value { "\"\(text)\"" } else { node.kind }
            throw refusal(
                "In \"numeric\" stands one of \"=\", \"<\", \"<=\", \">\", \">=\" before each number, not \(found).",
                at: node.offset)
        }
        return name
    }

    private func bound(_ node: JSONTree, isInclusive: Bool) throws(PatternRefusal) -> NumericRange.Bound {
        guard case .number(let literal) = node.value else {
            throw refusal("The operator \"numeric\" compares with numbers, not with \(node.kind).", at: node.offset)
        }
        guard literal.nearest.isFinite, literal.nearest != 0 || literal.value == 0 else {
            throw refusal(
                "The number \(literal.text.string) is too large or too small; a bound is 0, or from 5e-324 to 1.8e308 and "
                    + "the same below 0.", at: node.offset)
        }
        return NumericRange.Bound(literal, isInclusive: isInclusive)
    }
}
