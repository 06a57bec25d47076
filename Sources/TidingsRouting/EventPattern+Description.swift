extension EventPattern: CustomStringConvertible {
    /// The JSON form, on one line and without spaces.
    public var description: String {
        let members = fields.map { field in
            "\(Self.quoted(field.path)):[\(field.leaves.map(Self.json).joined(separator: ","))]"
        }
        return "{\(members.joined(separator: ","))}"
    }

    private static func json(_ leaf: PatternLeaf) -> String {
        let text = quoted(leaf.text.string)
        guard let name = leaf.operatorName else { return text }
        return "{\(quoted(name)):\(text)}"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
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
        return result + "\""
    }
}
