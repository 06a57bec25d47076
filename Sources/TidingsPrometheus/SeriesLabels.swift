/// The labels of a series, in the one form by which series are told apart: sanitised, sorted, each name once.
struct SeriesLabels: Sendable {
    struct Pair: Hashable, Sendable {
        let name: String
        /// In UTF-8.
        let value: [UInt8]
    }

    let pairs: [Pair]
    /// As they stand between the braces.
    let text: String
    /// The same in UTF-8, by which series are told apart.
    let bytes: [UInt8]

    init(_ dimensions: [(String, String)]) {
        let values = Dictionary(
            dimensions.map { (SeriesName.label($0.0), $0.1) }, uniquingKeysWith: { _, last in last })
        let sorted = values.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
        pairs = sorted.map { Pair(name: $0.key, value: Array($0.value.utf8)) }
        text = sorted.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
        bytes = Array(text.utf8)
    }

    private static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
