/// Text in the exposition format 0.0.4, as it grows line by line.
struct ExpositionText {
    private(set) var text = ""

    mutating func addType(_ kind: SeriesKind, of name: String) {
        text += "# TYPE \(name) \(kind.rawValue)\n"
    }

    /// - Parameter bound: The upper bound, for a histogram's bucket.
    mutating func add(_ key: SeriesKey, suffix: String = "", bound: String? = nil, value: String) {
        text += key.name
        text += suffix
        var labels = key.labels.text
        if let bound { labels += (labels.isEmpty ? "" : ",") + "le=\"\(bound)\"" }
        if !labels.isEmpty { text += "{\(labels)}" }
        text += " \(value)\n"
    }

    /// A number as Prometheus reads it; whole ones without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Up to here every whole number has a double of its own; beyond, digits would pretend.
        if abs(value) <= 0x1p53, let whole = Int64(exactly: value) { return String(whole) }
        return String(value)
    }
}

extension [String: SeriesFamily] {
    /// All of them, in the order of names and then of labels; a metric without series has no line.
    var expositionText: String {
        var text = ExpositionText()
        for (name, family) in self.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            text.addType(family.kind, of: name)
            for (_, series) in family.series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                series.write(to: &text)
            }
        }
        return text.text
    }
}
