/// The names that Prometheus allows.
enum SeriesName {
    /// The name of a metric: letters, digits, `_` and `:`, not beginning with a digit.
    static func metric(_ label: String) -> String {
        sanitized(label, allowsColon: true)
    }

    /// The name of a label: letters, digits and `_`, not beginning with a digit, and not what histograms need.
    static func label(_ dimension: String) -> String {
        let name = sanitized(dimension, allowsColon: false)
        return name == "le" ? "exported_le" : name
    }

    private static func sanitized(_ text: String, allowsColon: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": result.unicodeScalars.append(scalar)
            case "0"..."9": result += result.isEmpty ? "_\(scalar)" : "\(scalar)"
            case ":" where allowsColon: result += ":"
            default: result += "_"
            }
        }
        return result.isEmpty ? "_" : result
    }
}
