/// The ways in which a pattern can hold: its `$or`s multiplied out.
struct PatternAlternatives {
    /// Each path of the pattern once, so that alternatives can name it by its index.
    private var paths: [ByteText: Int] = [:]
    private var alternatives: [[Int: [PatternLeaf]]] = [[:]]

    /// - Throws: `tooComplex` beyond 1,000 alternatives, 256 paths, or what wildcards may cost.
    static func of(_ pattern: PatternObject) throws(PatternRefusal) -> [[PatternField]] {
        var result = PatternAlternatives()
        try result.add(pattern, under: nil)
        return result.fields
    }

    private mutating func add(_ object: PatternObject, under parent: String?) throws(PatternRefusal) {
        for member in object.members {
            switch member {
            case .field(let name, let leaves, let place): try add(leaves, at: Self.path(name, under: parent), place)
            case .object(let name, let object): try add(object, under: Self.path(name, under: parent))
            case .choice(let objects, let place): try add(objects, under: parent, place)
            }
        }
    }

    private static func path(_ name: String, under parent: String?) -> String {
        parent.map { "\($0).\(name)" } ?? name
    }

    /// What was there for the path before is forgotten: the last one wins.
    private mutating func add(
        _ leaves: [PatternLeaf], at path: String, _ place: PatternObject.Place
    ) throws(PatternRefusal) {
        let complexity = leaves.reduce(0) { $0 + $1.wildcardComplexity }
        guard complexity <= EventPattern.wildcardLimit else {
            throw .tooComplex(
                "The wildcards of the field have \(complexity) stars with text after them; up to "
                    + "\(EventPattern.wildcardLimit) are accepted, since all of them may have to be followed at once.",
                path: place.path, at: place.offset)
        }
        let index = paths[ByteText(path)] ?? paths.count
        guard index < EventPattern.pathLimit else {
            throw .tooComplex(
                "The pattern names more than \(EventPattern.pathLimit) fields; split it into several patterns.",
                path: place.path, at: place.offset)
        }
        paths[ByteText(path)] = index
        for alternative in alternatives.indices { alternatives[alternative][index] = leaves }
    }

    private mutating func add(
        _ choice: [PatternObject], under parent: String?, _ place: PatternObject.Place
    ) throws(PatternRefusal) {
        let before = alternatives
        var after: [[Int: [PatternLeaf]]] = []
        for object in choice {
            alternatives = before
            try add(object, under: parent)
            after += alternatives
            guard after.count <= EventPattern.alternativeLimit else {
                throw .tooComplex(
                    "The \"$or\"s of the pattern give more than \(EventPattern.alternativeLimit) combinations; split it "
                        + "into several patterns.", path: place.path, at: place.offset)
            }
        }
        alternatives = after
    }

    /// Each alternative once, its fields by their paths.
    private var fields: [[PatternField]] {
        let names = paths.sorted { $0.key < $1.key }
        var seen: Set<[PatternField]> = []
        return alternatives.compactMap { alternative in
            let fields = names.compactMap { name, index in
                alternative[index].map { PatternField(path: name.string, leaves: $0) }
            }
            return alternatives.count == 1 || seen.insert(fields).inserted ? fields : nil
        }
    }
}

extension PatternLeaf {
    /// How many stars of its wildcards have text after them.
    fileprivate var wildcardComplexity: Int {
        switch self {
        case .wildcard(let wildcard): wildcard.complexity
        case .anythingBut(.wildcards(let wildcards)): wildcards.reduce(0) { $0 + $1.complexity }
        default: 0
        }
    }
}
