extension EventPattern {
    /// Whether it is proven that no event satisfies both patterns.
    ///
    /// Two patterns exclude each other if, however each of them holds, some field they both name would need two values at
    /// once: `{"version":["1.0"]}` and `{"version":["2.0"]}`, numeric ranges that do not overlap, prefixes of which
    /// neither begins with the other, a value and `{"anything-but": …}` of it, `{"exists": false}` and any value.
    ///
    /// The proof holds for events in which each of these fields has at most one value. Attributes such as `type` and
    /// `source` always have; a field of the data that is an array, lies in an array of objects, or whose name stands twice
    /// does not: `{"a": [1, 2]}` satisfies both `{"a": [1]}` and `{"a": [2]}`. A caller for whom two matches would be an
    /// error has to look for them at run time as well.
    ///
    /// - Parameter other: The other pattern. The order of the two does not matter.
    /// - Returns: False if there is no proof, which does not mean that some event satisfies both.
    /// - Complexity: The product of the values the patterns list, at worst; beyond a million comparisons the search is
    ///   given up, and nothing is proven.
    package func excludes(_ other: EventPattern) -> Bool {
        var comparisons = 1_000_000
        return alternatives.allSatisfy { fields in
            other.alternatives.allSatisfy { PatternField.exclude(fields, $0, within: &comparisons) }
        }
    }
}

extension PatternField {
    /// Whether some path is in both lists with values of which no two can hold for the same value.
    ///
    /// - Parameters:
    ///   - left: Fields in the order of their paths.
    ///   - right: Fields in the order of their paths.
    ///   - comparisons: How many pairs of values may still be compared; none are proven apart after that.
    fileprivate static func exclude(
        _ left: [PatternField], _ right: [PatternField], within comparisons: inout Int
    ) -> Bool {
        var rest = right[...]
        for field in left {
            let path = ByteText(field.path)
            rest = rest.drop { ByteText($0.path) < path }
            guard let other = rest.first else { return false }
            guard ByteText(other.path) == path else { continue }
            comparisons -= field.leaves.count * other.leaves.count
            guard comparisons >= 0 else { return false }
            if field.leaves.allSatisfy({ leaf in other.leaves.allSatisfy(leaf.excludes) }) { return true }
        }
        return false
    }
}
