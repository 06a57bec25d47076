extension EventPattern {
    /// What of an event a pattern's answer depends on; each case includes those before it.
    package enum Dependence: Int, Comparable, Sendable {
        /// The type alone.
        case type
        /// The type and the source.
        case typeAndSource
        /// Other attributes or the data.
        case content

        package static func < (left: Dependence, right: Dependence) -> Bool { left.rawValue < right.rawValue }
    }

    /// What of an event decides whether it satisfies the pattern. Events that are equal in this get the same answer.
    package var dependence: Dependence {
        var result = Dependence.type
        for field in alternatives.joined() where field.path != PatternField.type {
            guard field.path == PatternField.source else { return .content }
            result = .typeAndSource
        }
        return result
    }
}
