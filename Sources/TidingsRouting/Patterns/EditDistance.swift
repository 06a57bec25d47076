/// How far one name is from another, to guess what was meant.
enum EditDistance {
    /// How many characters to insert, remove, replace or swap with their neighbours make one name of the other.
    ///
    /// - Complexity: The product of the lengths.
    static func between(_ left: String, _ right: String) -> Int {
        let left = Array(left.unicodeScalars)
        let right = Array(right.unicodeScalars)
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, scalar) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var best = min(last[column] + (scalar == other ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, scalar == right[column - 1], left[row - 1] == other {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }

    /// The name that is most likely meant, or nil if none is near.
    ///
    /// - Parameters:
    ///   - name: What was written.
    ///   - names: What there is. Names that differ in more than a third of their characters are not near, nor is
    ///     one letter near another; case counts for little.
    static func nearest(to name: String, among names: some Sequence<String>) -> String? {
        guard name.utf8.count <= 100 else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in names where candidate.utf8.count <= 100 {
            let distance = between(name.lowercased(), candidate.lowercased())
            // Any letter is one step away from any other.
            let limit = min(name.count, candidate.count) < 2 ? 0 : max(1, max(name.count, candidate.count) / 3)
            if distance <= limit, best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
        }
        return best?.name
    }
}
