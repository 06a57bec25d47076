extension EventPattern {
    /// The events of exactly these types, from some sources, with some data: what one handler wants.
    ///
    /// - Parameters:
    ///   - types: At least one event type; `*` and `\` are characters like any other.
    ///   - sources: The sources, of which one must hold; none for events from everywhere.
    ///   - data: What must hold for the data; nil for any data.
    /// - Throws: What is wrong, with the path of the field, which begins with `data` if the pattern of the data is wrong.
    ///   Trying again cannot help.
    package init(
        exactly types: some Sequence<String>, from sources: [SourceFilter], data: DataPattern? = nil
    ) throws(EventPatternError) {
        var members = [JSONTree.Member(key: PatternField.type, node: .list(types.map { JSONTree(.text($0)) }))]
        if !sources.isEmpty {
            members.append(JSONTree.Member(key: PatternField.source, node: .list(sources.map(\.value.node))))
        }
        if let data { members.append(JSONTree.Member(key: PatternField.data, node: JSONTree(.object(data.members)))) }
        do throws(PatternRefusal) {
            try self.init(parsing: JSONTree(.object(members)))
        } catch {
            throw error.error()
        }
    }

    /// The events that satisfy at least one of several patterns: what a group of handlers wants.
    ///
    /// Patterns that differ only in their types become one: a hundred handlers of exact types give a pattern that depends
    /// on the type alone, and only those with sources or data of their own are choices of an `$or`.
    ///
    /// - Parameter patterns: At least one pattern.
    /// - Throws: `malformed` if there is no pattern; `tooComplex` if all of them together name more than ``pathLimit``
    ///   fields or hold in more than ``alternativeLimit`` ways. Trying again cannot help.
    package init(anyOf patterns: some Sequence<EventPattern>) throws(EventPatternError) {
        let choices = Self.joiningTypes(of: patterns.flatMap(\.alternatives)).map(PatternObject.init)
        do throws(PatternRefusal) {
            guard let first = choices.first else {
                throw .malformed("There is no pattern to choose from; give at least one.", path: "", at: nil)
            }
            let place = PatternObject.Place(path: PatternGrammar.choice, offset: nil)
            try self.init(choices.count == 1 ? first : PatternObject(members: [.choice(choices, place)]))
        } catch {
            throw error.error()
        }
    }

    /// The alternatives, in which those are one that differ only in the values of the type: each of these values is
    /// wanted with all that they have in common.
    private static func joiningTypes(of alternatives: [[PatternField]]) -> [[PatternField]] {
        var result: [[PatternField]] = []
        var places: [[PatternField]: Int] = [:]
        // The types of each, so that adding another need not look through those that are there.
        var types: [Set<PatternLeaf>] = []
        for fields in alternatives {
            let others = fields.filter { $0.path != PatternField.type }
            let leaves = fields.first { $0.path == PatternField.type }?.leaves ?? []
            guard !leaves.isEmpty, let place = places[others] else {
                if !leaves.isEmpty { places[others] = result.count }
                result.append(fields)
                types.append(Set(leaves))
                continue
            }
            let new = leaves.filter { types[place].insert($0).inserted }
            guard let type = result[place].firstIndex(where: { $0.path == PatternField.type }) else { continue }
            result[place][type] = PatternField(path: PatternField.type, leaves: result[place][type].leaves + new)
        }
        return result
    }
}

extension PatternObject {
    /// The fields of one way in which a pattern can hold, by their whole paths.
    fileprivate init(_ fields: [PatternField]) {
        members = fields.map { field in
            .field(name: field.path, leaves: field.leaves, Place(path: field.path, offset: nil))
        }
    }
}

/// Which sources of events a handler wants.
package enum SourceFilter: Hashable, Sendable {
    /// The source with exactly this text.
    case exactly(String)
    /// The sources that begin with this text, such as `/orders/`.
    case prefix(String)

    package static func == (left: SourceFilter, right: SourceFilter) -> Bool {
        left.isPrefix == right.isPrefix && left.text == right.text
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(isPrefix)
        hasher.combine(text)
    }

    private var isPrefix: Bool { if case .prefix = self { true } else { false } }

    private var text: ByteText {
        switch self {
        case .exactly(let text), .prefix(let text): ByteText(text)
        }
    }

    /// Whether events of a source are wanted.
    package func matches(_ source: String) -> Bool {
        switch self {
        case .exactly(let text): source.utf8.elementsEqual(text.utf8)
        case .prefix(let text): source.utf8.starts(with: text.utf8)
        }
    }

    var value: PatternValue {
        switch self {
        case .exactly(let text): .text(text)
        case .prefix(let text): .prefix(text)
        }
    }
}
