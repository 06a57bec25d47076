/// The labels of a series, in the one form by which series are told apart: sanitised, sorted, each name once.
struct SeriesLabels: Sendable {
    struct Pair: Hashable, Sendable {
        let name: String
        let value: String
    }

    let pairs: [Pair]
    /// As they stand between the braces.
    let text: String

    init(_ dimensions: [(String, String)]) {
        let values = Dictionary(
            dimensions.map { (SeriesName.label($0.0), $0.1) }, uniquingKeysWith: { _, last in last })
        pairs = values.filter { !$0.value.isEmpty }
            .map { Pair(name: $0.key, value: $0.value) }
            .sorted { $0.name < $1.name }
        text = pairs.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
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
