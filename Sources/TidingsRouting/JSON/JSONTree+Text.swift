extension JSONTree {
    /// The node as JSON, on one line and without spaces.
    var json: String {
        var result = ""
        write(to: &result)
        return result
    }

    private func write(to result: inout String) {
        switch value {
        case .object(let members):
            result += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { result += "," }
                Self.write(member.key, to: &result)
                result += ":"
                member.node.write(to: &result)
            }
            result += "}"
        case .list(let nodes):
            result += "["
            for (index, node) in nodes.enumerated() {
                if index > 0 { result += "," }
                node.write(to: &result)
            }
            result += "]"
        case .text(let text): Self.write(text, to: &result)
        case .number(let number): result += number.text.string
        case .boolean(let boolean): result += boolean ? "true" : "false"
        case .null: result += "null"
        case .noNumber(let text): Self.write(text, to: &result)
        }
    }

    private static func write(_ text: String, to result: inout String) {
        result += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        result += "\""
    }
}
